// Asks the worker behind the playground's editor, as the page does.
import type { Page } from 'playwright-core';

/**
 * A worker of its own for each job, as the editor has.
 * @param url the worker's program
 * @returns its outcome as JSON; numbers that JSON has not are strings
 */
export function askWorker(page: Page, url: string, job: object): Promise<string> {
  return page.evaluate<string>(`new Promise((resolve, reject) => {
    const blob = new Blob([${JSON.stringify(`import ${JSON.stringify(url)};`)}], { type: 'text/javascript' });
    const worker = new Worker(URL.createObjectURL(blob), { type: 'module' });
    const { port1, port2 } = new MessageChannel();
    worker.onerror = ({ message }) => reject(new Error(message));
    port1.onmessage = ({ data }) => {
      worker.terminate();
      resolve(JSON.stringify(data.outcome, (key, x) => (typeof x === 'number' && !Number.isFinite(x) ? String(x) : x)));
    };
    worker.postMessage(port2, [port2]);
    port1.postMessage(${JSON.stringify(job)});
  })`);
}
