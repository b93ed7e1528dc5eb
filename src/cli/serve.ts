// Shows pages: in the browser, or from a small web server on this machine.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerable } from '../data/files/served-file.ts';
import { UsageError } from '../errors.ts';
import type { Io } from '../program/io.ts';

export const DEFAULT_PORT = 4173;

const OWN_NAMES = /^(127\.0\.0\.1|localhost)(:\d+)?$/;

const WORDS = {
  400: 'the address cannot be understood',
  403: 'forbidden',
  404: 'not found',
  405: 'only GET and HEAD are answered',
  412: 'precondition failed',
  416: 'there is no such range',
  500: 'the file cannot be read',
} as const;

export interface ServeRequest {
  readonly folder: string;
  readonly port: number;
  /** Called with the address once it answers. */
  readonly ready: (address: string) => Promise<void>;
}

/** Serves the folder to this machine alone, until io's signal. No request ends it.
 * @throws UsageError if the port is taken or not allowed */
export async function serve({ folder, port, ready }: ServeRequest, io: Io): Promise<void> {
  const { default: send } = await import('send');
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!OWN_NAMES.test(request.headers.host ?? '')) return refuse(response, 403); // a page elsewhere may not read it by a name of its own
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return refuse(response.setHeader('allow', 'GET, HEAD'), 405);
    }
    const [address = ''] = (request.url ?? '').split(/[?#]/, 1);
    const path = decoded(address);
    if (path === null) return refuse(response, 400);
    const status = await answerable(folder, path);
    if (status !== 200) return refuse(response, status);
    response.setHeader('cache-control', 'no-cache'); // what is on disk now, not when it was first asked for
    send(request, address, { root: folder, dotfiles: 'ignore', cacheControl: false })
      .on('error', (error: { status?: number }) => refuse(response, error.status ?? 500))
      .pipe(response);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => refuse(response, 500));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new UsageError(`port ${port} cannot be used (${error.code ?? error.message})`, 'choose another with --port'),
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  server.on('error', () => {}); // no descriptor left for one more visitor: those that are there are answered
  try {
    await ready(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    if (!io.signal.aborted)
      await new Promise((resolve) => io.signal.addEventListener('abort', resolve, { once: true }));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** The path that an address names, or null. */
function decoded(address: string): string | null {
  try {
    const path = decodeURIComponent(address);
    return path.startsWith('/') && !path.includes('\0') ? path : null;
  } catch {
    return null;
  }
}

/** In words, or, where an answer has begun, by its end. */
function refuse(response: ServerResponse, status: number): void {
  if (response.headersSent) return void response.destroy();
  const injector = Object.hasOwn(WORDS, status) ? (status as keyof typeof WORDS) : 500;
  for (const name of ['content-length', 'etag', 'last-modified']) response.removeHeader(name); // of the file
  response.writeHead(injector, { 'content-type': 'text/plain' }).end(`${WORDS[injector]}\n`);
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
