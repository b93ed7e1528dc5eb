// A worker, as its own code sees it.

/** What is used of the worker itself; the library of types knows only pages. */
interface WorkerScope<ToWorker, FromWorker> {
  onmessage: ((event: { readonly data: ToWorker }) => void) | null;
  postMessage(message: FromWorker): void;
}

export function workerScope<ToWorker, FromWorker>(): WorkerScope<ToWorker, FromWorker> {
  return globalThis as unknown as WorkerScope<ToWorker, FromWorker>;
}
