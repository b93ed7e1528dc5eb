// Where a queue is: the URL of a Redis server. Its password is never shown.
import { UsageError } from '../errors.ts';
import { safeText } from '../text.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  /** The number of the database. */
  readonly db: number;
  /** Whether the connection is encrypted, and the server's certificate is checked. */
  readonly tls: boolean;
  /** The URL without name and password. */
  readonly shown: string;
}

const EXPECTED = 'redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE], or rediss:// for TLS';
const PORT = 6379;

/**
 * Reads `redis://user:password@host:6379/0`; `rediss://` is the same with TLS.
 * @throws UsageError that does not repeat the URL, which may hold a password
 */
export function parseAddress(text: string, name = 'queue'): Address {
  const wrong = (what: string): UsageError => new UsageError(`--${name}: ${what}`, `write ${EXPECTED}`);
  if (!URL.canParse(text)) throw wrong('expected the URL of a Redis server');
  const url = new URL(text);
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:')
    throw wrong(`expected redis:// or rediss://, got ${safeText(url.protocol)}//`);
  if (url.hostname === '') throw wrong('the URL names no host');
  if (url.search !== '' || url.hash !== '') throw wrong('the URL has parts after ? or #, which have no meaning here');
  const db = /^\/?(\d{0,4})$/.exec(url.pathname)?.[1];
  if (db === undefined) throw wrong(`expected the number of a database after the /, got "${safeText(url.pathname)}"`);
  const port = url.port === '' ? PORT : Number(url.port);
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'), // an IPv6 address
    port,
    ...(url.username !== '' && { username: decoded(url.username, wrong) }),
    ...(url.password !== '' && { password: decoded(url.password, wrong) }),
    db: Number(db),
    tls: url.protocol === 'rediss:',
    shown: `${url.protocol}//${url.hostname}:${port}${db === '' ? '' : `/${db}`}`,
  };
}

function decoded(part: string, wrong: (what: string) => UsageError): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw wrong('a % in the name or password must be written as %25');
  }
}
