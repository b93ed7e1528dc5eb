// Shows pages in the browser, or serves them on this machine.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerable } from '../data/files/served-file.ts';
import { UsageError } from '../errors.ts';
import type { Io } from '../program/io.ts';

const OWN_NAMES = /^(127\.0\.0\.1|localhost)(:\d+)?$/;

const WORDS = {
  400: 'bad address',
  403: 'forbidden',
  404: 'not found',
  405: 'only GET and HEAD are allowed',
  412: 'precondition failed',
  416: 'range not satisfiable',
  500: 'the file cannot be read',
} as const;

export interface ServeRequest {
  readonly folder: string;
  readonly port: number;
  /** Called with the address once the server listens. */
  readonly ready: (address: string) => Promise<void>;
}

/**
 * Serves the folder to this machine only, until io's signal. No request can end it.
 * @throws UsageError if the port is in use or not allowed
 */
export async function serve({ folder, port, ready }: ServeRequest, io: Io): Promise<void> {
  const { default: send } = await import('send');
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // a page of another site must not read it under its own host name
    if (!OWN_NAMES.test(request.headers.host ?? '')) return refuse(response, 403);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return refuse(response.setHeader('allow', 'GET, HEAD'), 405);
    }
    const [address = ''] = (request.url ?? '').split(/[?#]/, 1);
    const path = decoded(address);
    if (path === null) return refuse(response, 400);
    const status = await answerable(folder, path);
    if (status !== 200) return refuse(response, status);
    response.setHeader('cache-control', 'no-cache'); // always the file as it is now
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
  server.on('error', () => {}); // no descriptor is left for another visitor; the present ones are served
  try {
    await ready(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    if (!io.signal.aborted)
      await new Promise((resolve) => io.signal.addEventListener('abort', resolve, { once: true }));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** The path in an address, or null. */
function decoded(address: string): string | null {
  try {
    const path = decodeURIComponent(address);
    return path.startsWith('/') && !path.includes('\0') ? path : null;
  } catch {
    return null;
  }
}

/** Answers with a sentence; if a response has begun, ends it. */
function refuse(response: ServerResponse, status: number): void {
  if (response.headersSent) return void response.destroy();
  const known = Object.hasOwn(WORDS, status) ? (status as keyof typeof WORDS) : 500;
  // of the file that is not sent
  for (const name of ['content-length', 'etag', 'last-modified']) response.removeHeader(name);
  response.writeHead(known, { 'content-type': 'text/plain' }).end(`${WORDS[known]}\n`);
}

/** A browser that cannot start says so at once; one that starts says nothing. */
const WAIT = 3000; // milliseconds

/**
 * Opens a page, a file or an address, in the system's browser.
 * @returns whether it started, as far as is known
 */
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
