// Runs a command from its start to its end: time, CPU time and peak memory of all its processes. It
// ends with the benchmark, however the benchmark ends.
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { OWN_GROUP } from '../../../src/candidates/process/process-tree.ts';
import { endWith } from '../../../src/program/process-group.ts';
import type { Command } from '../process.ts';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  /** User and system time, and the largest resident sizes, added up over its processes. */
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

const USAGE_VARIABLE = 'BACKPROOF_BENCH_USAGE';
const PRELOAD = `--import ${new URL('usage.mjs', import.meta.url).href}`;

/**
 * @param folder where it runs
 * @throws Error with one line if it cannot be started or exceeds the limit; the signal's reason
 */
export async function runCommand(
  { program, args, env }: Command,
  folder: string,
  signal: AbortSignal,
  limitSeconds: number,
): Promise<Ran> {
  const usage = join(folder, 'usage.jsonl');
  rmSync(usage, { force: true });
  const options = [process.env['NODE_OPTIONS'] ?? '', PRELOAD].join(' ').trim();
  const started = performance.now();
  const child = spawn(program, [...args], {
    cwd: folder,
    detached: OWN_GROUP,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env, NODE_OPTIONS: options, [USAGE_VARIABLE]: usage },
  });
  const end = endWith(signal, child);
  let [stdout, stderr, late] = ['', '', false];
  const timer = setTimeout(() => {
    late = true;
    end();
  }, limitSeconds * 1000);
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', (error) => reject(new Error(`could not be started (${error.message})`)));
      child.on('close', resolve);
    });
    const seconds = (performance.now() - started) / 1000;
    signal.throwIfAborted();
    if (late) throw new Error(`no verdict within ${limitSeconds} s`);
    return { code, stdout, stderr, seconds, ...readUsage(usage) };
  } finally {
    clearTimeout(timer);
    end();
  }
}

type Usage = Pick<Ran, 'cpuSeconds' | 'peakBytes'>;

/** Zeros if no process wrote its line. */
function readUsage(file: string): Usage {
  let [cpuSeconds, peakBytes] = [0, 0];
  for (const line of readIfThere(file).split('\n')) {
    if (line === '') continue;
    const one = JSON.parse(line) as Usage;
    cpuSeconds += one.cpuSeconds;
    peakBytes += one.peakBytes;
  }
  return { cpuSeconds, peakBytes };
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
