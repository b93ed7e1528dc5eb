// The options of a queue, a part of the table in ../options.ts.
import { parseAddress } from '../../queue/address.ts';
import type { Address } from '../../queue/address.ts';
import { MOST_SEEDS } from '../../queue/limits.ts';
import type { Place } from '../../queue/metrics.ts';
import { count, number, unexpected } from '../arguments/parsers.ts';
import type { Option } from '../arguments/parsers.ts';

/** This machine alone. */
const HOST = '127.0.0.1';

const queue: Option<Address> = {
  group: 'Queue',
  value: 'URL',
  describe: 'Redis server whose workers share the work: redis://[USER:PASSWORD@]HOST[:PORT], or rediss:// for TLS',
  parse: parseAddress,
};

const metrics: Option<Place> = {
  group: 'Queue',
  value: '[HOST:]PORT',
  describe: 'serve counts for Prometheus on this port, 0 for any free one, at /metrics; needs prom-client',
  default: `none; HOST ${HOST}`,
  parse(text, name) {
    const [, host = HOST, port = ''] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
    if (port === '' || Number(port) > 65_535) throw unexpected(name, 'a port, or a host and a port', text);
    return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
  },
};

export const QUEUE_OPTIONS = {
  queue,
  chunk: number(
    { whole: true, expected: `from 1 to ${MOST_SEEDS}`, fits: (x) => x >= 1 && x <= MOST_SEEDS },
    'Queue',
    'seeds in one job of the queue',
    'from 1 to 100, by how many there are',
  ),
  processes: count('Queue', 'jobs that a worker does at the same time', 'one per core'),
  metrics,
} as const;
