// A worker of the page's own code, as the page sees it. For code that is not ours there is
// guarded-worker.ts.

interface Heard<FromWorker> {
  readonly message: (message: FromWorker) => void;
  /** It could not be loaded, or threw outside any call. @param why for the end of a sentence */
  readonly failed: (why: string) => void;
}

/** @param address of its module */
export function openWorker<FromWorker>(address: string, heard: Heard<FromWorker>): Worker {
  const worker = new Worker(address, { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => heard.message(data);
  worker.onerror = (event) => {
    event.preventDefault(); // it is said on the page
    heard.failed(event.message || 'it could not be loaded');
  };
  return worker;
}
