// A worker for code that is not ours. It is made from a blob, because such a worker inherits the
// policy of the page, so that its code can send nothing anywhere; one loaded by its address does
// not. What is said goes through a channel that the code cannot reach.

export interface Guarded<ToWorker> {
  readonly say: (message: ToWorker) => void;
  readonly end: () => void;
}

interface Heard<FromWorker> {
  readonly message: (message: FromWorker) => void;
  /** It could not be started, or threw outside any call. */
  readonly failed: (said: string) => void;
}

/** @param address of its module */
export function openGuarded<ToWorker, FromWorker>(address: string, heard: Heard<FromWorker>): Guarded<ToWorker> {
  const text = `import ${JSON.stringify(new URL(address, location.href).href)};`;
  const blob = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  const worker = new Worker(blob, { type: 'module' });
  const { port1: port, port2 } = new MessageChannel();
  port.onmessage = ({ data }: MessageEvent<FromWorker>) => heard.message(data);
  worker.onerror = (event) => {
    event.preventDefault(); // it is said on the page
    heard.failed(event.message ?? '');
  };
  worker.postMessage(port2, [port2]);
  return {
    say: (message) => port.postMessage(message),
    end: () => {
      worker.terminate();
      port.close();
      URL.revokeObjectURL(blob);
    },
  };
}
