// The lines of what happens around a queue.
import { formatCount, safeText } from '../text.ts';
import type { AskerEvent, Mismatch, WorkerEvent } from './events.ts';

/** One line for the process that asks. @param start the command that starts a worker */
export function askerLine(event: AskerEvent, start: string): string {
  switch (event.event) {
    case 'resumed':
      return `${formatCount(event.done)} of ${formatCount(event.of)} chunks are done, from ${event.file}; remove it to begin anew`;
    case 'held':
      return `process ${event.pid} on ${event.host} asks for the same run, or has been killed; waiting until it is gone`;
    case 'nobody':
      return `no worker takes this work; start one: ${start}`;
    case 'joined':
      return `worker ${safeText(event.worker)} joined, ${processes(event.processes)}`;
    case 'left':
      return `worker ${safeText(event.worker)} left; it had done ${formatCount(event.seeds)} seeds`;
    case 'other-worker':
      return `worker ${safeText(event.worker)} gets none of this work: ${mismatchWords(event.why)}`;
    case 'lost':
      return `the connection to ${event.server} is broken; the run goes on when it is there again`;
    case 'back':
      return `the connection to ${event.server} is there again`;
    case 'again':
      return `the server has forgotten the seeds from ${event.from}; asked again`;
  }
}

export function workerLine(event: WorkerEvent): string {
  switch (event.event) {
    case 'ready': {
      const metrics = event.metrics === null ? '' : `, metrics at ${event.metrics}`;
      return `worker ${event.worker} waits for work from ${event.queue} at ${event.server}, ${processes(event.processes)}${metrics}`;
    }
    case 'done':
      return `${event.kind}: ${seeds(event.from, event.count)} in ${(event.milliseconds / 1000).toFixed(2)} s`;
    case 'failed':
      return `${seeds(event.from, event.count)} failed: ${event.message}`;
    case 'given-back':
      return `${seeds(event.from, event.count)} given back`;
    case 'other-run':
      return `${safeText(event.kind)} of ${safeText(event.asker)} is not for this worker: ${mismatchWords(event.why)}`;
    case 'lost':
      return `the connection to ${event.server} is broken; it is renewed`;
    case 'back':
      return `the connection to ${event.server} is there again`;
    case 'stopped':
      return `stopped after ${formatCount(event.seeds)} seeds`;
  }
}

function seeds(from: number, count: number): string {
  return count === 1 ? `seed ${from}` : `seeds ${from} to ${from + count - 1}`;
}

function processes(count: number): string {
  return count === 1 ? '1 process' : `${count} processes`;
}

function mismatchWords({ what, worker, asked }: Mismatch): string {
  if (what === 'version')
    return `it is backproof ${safeText(worker)}, and ${safeText(asked)} is asked for; install the same version on both`;
  if (asked === 'none') return `it has a candidate (${safeText(worker)}), and none is asked for`;
  if (worker === 'none') return 'it has no candidate; start it with --candidate and the same file';
  return `its candidate is another file (${safeText(worker)}, and ${safeText(asked)} is asked for)`;
}
