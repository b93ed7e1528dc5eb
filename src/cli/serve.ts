// Shows pages: in the browser, or from a small web server on this machine.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from '../errors.ts';
import type { Io } from './io.ts';

export const DEFAULT_PORT = 4173;

const OWN_NAMES = /^(127\.0\.0\.1|localhost)(:\d+)?$/;

export interface ServeRequest {
  readonly folder: string;
  readonly port: number;
  /** Called with the address once it answers. */
  readonly ready: (address: string) => Promise<void>;
}

/** Serves the folder to this machine alone, until io's signal.
 * @throws UsageError if the port is taken or not allowed */
export async function serve({ folder, port, ready }: ServeRequest, io: Io): Promise<void> {
  const { default: sirv } = await import('sirv');
  const files = sirv(folder, { dev: true }); // dev: what is on disk now, not when it began
  const server = createServer((request, response) => {
    if (!OWN_NAMES.test(request.headers.host ?? '')) return void response.writeHead(403).end(); // a page elsewhere may not read it by a name of its own
    files(request, response, () => {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new UsageError(`port ${port} cannot be used (${error.code ?? error.message})`, 'choose another with --port'),
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  try {
    await ready(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    if (!io.signal.aborted)
      await new Promise((resolve) => io.signal.addEventListener('abort', resolve, { once: true }));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** A browser that starts says nothing; one that cannot says so at once. */
const WAIT = 3000; // milliseconds

/** Hands a page over to the system's browser: a file or an address. @returns whether one could be started, as far as that is known */
export async function show(page: string): Promise<boolean> {
  const { default: open } = await import('open');
  const starter = await open(page);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), WAIT);
    const ended = (started: boolean): void => {
      clearTimeout(timer);
      resolve(started);
    };
    starter.once('exit', (code) => ended(code === 0));
    starter.once('error', () => ended(false));
  });
}
