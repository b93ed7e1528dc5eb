// What a worker has done, for Prometheus: one page, on this machine unless another address is
// given.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from '../errors.ts';
import type { WorkerEvent } from './events.ts';
import { loadPrometheus } from './packages.ts';

/** Where the page is served. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

export interface Metrics {
  /** "http://127.0.0.1:9464/metrics" */
  readonly address: string;
  on(event: WorkerEvent): void;
  /** A job begins or ends. */
  busy(change: 1 | -1): void;
  close(): Promise<void>;
}

/** Seconds that a job takes. */
const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/**
 * @throws QueueError where prom-client is not installed
 * @throws UsageError where the port cannot be used
 */
export async function openMetrics({ host, port }: Place, version: string): Promise<Metrics> {
  const { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } = await loadPrometheus();
  const registers = [new Registry()];
  const [registry] = registers;
  collectDefaultMetrics({ register: registry });
  const labels = { labelNames: ['kind'] as const, registers };
  const seeds = new Counter({ name: 'backproof_seeds_total', help: 'Seeds that are done.', ...labels });
  const jobs = new Counter({
    name: 'backproof_jobs_total',
    help: 'Jobs by how they ended: done, failed, given back.',
    labelNames: ['outcome'] as const,
    registers,
  });
  for (const outcome of ['done', 'failed', 'given-back']) jobs.inc({ outcome }, 0);
  const seconds = new Histogram({
    name: 'backproof_job_seconds',
    help: 'Seconds that a job took.',
    buckets: BUCKETS,
    ...labels,
  });
  const busy = new Gauge({ name: 'backproof_busy_processes', help: 'Processes that are at a job.', registers });
  const connected = new Gauge({
    name: 'backproof_queue_connected',
    help: '1 while the connection to the queue is there.',
    registers,
  });
  const info = new Gauge({
    name: 'backproof_worker_info',
    help: 'The worker, by its version.',
    labelNames: ['version'] as const,
    registers,
  });
  info.set({ version }, 1);

  const server = createServer((request, response) => {
    const isPage = request.method === 'GET' && (request.url ?? '').split('?', 1)[0] === '/metrics';
    if (!isPage) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('see /metrics\n');
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code ?? error.message;
      reject(new UsageError(`--metrics: ${host}:${port} cannot be used (${why})`, 'choose another port'));
    });
    server.listen(port, host, resolve);
  });
  const { port: actual } = server.address() as AddressInfo;
  return {
    address: `http://${host.includes(':') ? `[${host}]` : host}:${actual}/metrics`,
    on(event) {
      if (event.event === 'ready' || event.event === 'back') connected.set(1);
      if (event.event === 'lost' || event.event === 'stopped') connected.set(0);
      if (event.event === 'done') {
        seeds.inc({ kind: event.kind }, event.count);
        seconds.observe({ kind: event.kind }, event.milliseconds / 1000);
      }
      if (event.event === 'done' || event.event === 'failed' || event.event === 'given-back')
        jobs.inc({ outcome: event.event });
    },
    busy: (change) => busy.inc(change),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
