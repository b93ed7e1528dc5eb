// `npm run bench -- --queue URL` on several machines: each measures by itself, puts its speeds on a
// Redis server, and shows those of all that ran the same command.
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Address } from '../../src/queue/address.ts';
import { connect } from '../../src/queue/connection.ts';
import { safeText } from '../../src/text.ts';
import type { BenchReport } from './report.ts';
import { plainTable } from './terminal.ts';
import { count } from './words.ts';

const NAME = z.string().max(300);
const MACHINE = z.strictObject({
  host: NAME,
  cpu: NAME,
  cores: z.int().min(1),
  date: NAME,
  speeds: z.array(z.strictObject({ scenario: NAME, label: NAME, samplesPerSecond: z.number() })).max(10_000),
});
/** What one machine measured: median speeds. */
export type Machine = z.infer<typeof MACHINE>;

/** Seconds that a run stays on the server after its last machine. */
const KEPT = 7 * 24 * 3600;
const UNHEARD = { onLost: () => {}, onBack: () => {} };

/** The speeds of this machine, by its report. */
export function machineOf({ environment: { cpu, cores }, date, scenarios }: BenchReport, host: string): Machine {
  const speeds = scenarios.flatMap(({ name: scenario, results }) =>
    results.flatMap((one) =>
      one.kind === 'measured' ? [{ scenario, label: one.label, samplesPerSecond: one.samplesPerSecond.median }] : [],
    ),
  );
  return { host, cpu, cores, date, speeds };
}

/** @throws as {@link shareSpeeds} does: better before what takes long is measured */
export async function requireServer(address: Address, signal: AbortSignal): Promise<void> {
  const { close } = await connect(address, UNHEARD, signal);
  close();
}

/**
 * Puts the speeds of this machine on the server, in place of its earlier ones.
 * @param command what was run: only its machines are shown together
 * @returns the machines that ran it, by their names
 * @throws QueueError if the server does not answer, UsageError if it refuses the password
 */
export async function shareSpeeds(
  address: Address,
  command: string,
  own: Machine,
  signal: AbortSignal,
): Promise<Machine[]> {
  const key = `backproof-bench-${createHash('sha256').update(command).digest('hex').slice(0, 12)}`;
  const { redis, close } = await connect(address, UNHEARD, signal);
  try {
    await redis.hset(key, own.host, JSON.stringify(own));
    await redis.expire(key, KEPT);
    const all = Object.values(await redis.hgetall(key)).flatMap((text) => machineIn(text) ?? []);
    return all.toSorted((a, b) => (a.host < b.host ? -1 : 1));
  } finally {
    close();
  }
}

/** Null for one of another version. */
function machineIn(text: string): Machine | null {
  try {
    return MACHINE.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** A line for each machine, and a table with a column for each. */
export function machinesText(machines: readonly Machine[]): string {
  const lines = machines.map((one) => {
    return `${safeText(one.host)}: ${one.cores} × ${safeText(one.cpu)}, ${safeText(one.date)}\n`;
  });
  const names = new Map<string, Map<string, number>>();
  for (const { host, speeds } of machines)
    for (const { scenario, label, samplesPerSecond } of speeds) {
      const name = safeText(`${scenario}, ${label}`);
      names.set(name, (names.get(name) ?? new Map<string, number>()).set(host, samplesPerSecond));
    }
  const table = plainTable(['samples/s', ...machines.map(({ host }) => safeText(host)), '']);
  for (const [name, by] of names)
    table.push([name, ...machines.map(({ host }) => (by.has(host) ? count(by.get(host) as number) : '-')), '']);
  return `${lines.join('')}\n${table.toString()}\n`;
}
