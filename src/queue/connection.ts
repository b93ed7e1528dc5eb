// Connections to the server of a queue. The first one tells in one line why there is none; a
// connection that breaks later is renewed for as long as it takes.
import type { Redis, RedisOptions } from 'ioredis';
import { InterruptedError, QueueError, UsageError } from '../errors.ts';
import { safeText } from '../text.ts';
import type { Address } from './address.ts';
import { loadPackages } from './packages.ts';
import type { Packages } from './packages.ts';

/** Milliseconds. */
const CONNECT = { patience: 5000, each: 3000, pause: 250 };
/** Milliseconds between two attempts to renew a broken connection: longer each time. */
const RENEW = { step: 50, most: 1000 };

/** An open connection. */
export interface Connection {
  readonly packages: Packages;
  readonly address: Address;
  readonly redis: Redis;
  close(): void;
}

/** Whether a connection is there. */
export interface Line {
  readonly onLost: () => void;
  readonly onBack: () => void;
}

/**
 * @param line hears when the connection breaks, and when it is there again
 * @throws QueueError if the server does not answer within seconds, or a package is missing
 * @throws UsageError if it refuses the password
 */
export async function connect(address: Address, line: Line, signal: AbortSignal): Promise<Connection> {
  const packages = await loadPackages();
  const redis = new packages.Redis(optionsOf(address));
  let last: Error | null = null;
  redis.on('error', (error: Error) => (last = error));
  const giveUpAt = performance.now() + CONNECT.patience;
  const attempt = async (): Promise<boolean> => {
    last = null;
    try {
      await redis.connect();
      return true;
    } catch (error) {
      last ??= error as Error;
      return false;
    }
  };
  while (!(await attempt())) {
    const refused = refusalOf(last, address);
    const late = performance.now() > giveUpAt;
    if (refused !== null || late || signal.aborted) {
      redis.disconnect();
      if (signal.aborted) throw new InterruptedError(`interrupted while connecting to ${address.shown}`);
      throw refused ?? unreachable(last, address);
    }
    await new Promise((resolve) => setTimeout(resolve, CONNECT.pause));
  }
  redis.options.retryStrategy = (times) => Math.min(RENEW.step * times, RENEW.most);
  let closing = false;
  let isThere = true;
  redis.on('close', () => {
    if (isThere && !closing) line.onLost();
    isThere = false;
  });
  redis.on('ready', () => {
    if (!isThere) line.onBack();
    isThere = true;
  });
  return {
    packages,
    address,
    redis,
    close() {
      closing = true;
      redis.disconnect();
    },
  };
}

function optionsOf({ host, port, username, password, db, tls }: Address): RedisOptions {
  return {
    ...{ host, port, db, lazyConnect: true, connectTimeout: CONNECT.each },
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: { servername: host } }),
    maxRetriesPerRequest: null, // commands wait until the connection is there again
    retryStrategy: () => null, // until the first connection
  };
}

/** What asking again does not help against; null for anything else. */
function refusalOf(error: Error | null, { shown }: Address): UsageError | null {
  const message = error?.message ?? '';
  if (message.startsWith('NOAUTH'))
    return new UsageError(`${shown}: the server asks for a password`, 'write redis://:PASSWORD@HOST');
  if (/^(WRONGPASS|ERR.*(AUTH|invalid password))/.test(message))
    return new UsageError(`${shown}: the server refuses this user or password`, 'see `requirepass` and users of it');
  if (message.startsWith('ERR DB index') || message.startsWith('ERR invalid DB'))
    return new UsageError(`${shown}: the server has no such database`);
  return null;
}

function unreachable(error: Error | null, { shown, tls }: Address): QueueError {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException;
  const isCertificate = /CERT|SELF_SIGNED|ALTNAME|UNABLE_TO_(GET|VERIFY)/.test(code ?? '');
  if (isCertificate)
    return new QueueError(
      `${shown}: the certificate of the server is not trusted (${code})`,
      'give the file of its authority in NODE_EXTRA_CA_CERTS',
    );
  const why = safeText(code ?? message ?? 'no answer');
  return new QueueError(
    `${shown}: no Redis server answers (${why})`,
    tls ? 'is it started, and does it speak TLS on this port?' : 'is it started? with TLS, write rediss://',
  );
}
