// The example programs: how each is made ready, what wrong versions are made of, and a small client of the protocol they speak.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { OptimizerId } from '../../src/ops/optimizers/optimizer.ts';

export const FOLDER = fileURLToPath(new URL('../../examples/languages/', import.meta.url));

/** One expression of a right program and the classic mistake in its place. */
export interface FaultInjection {
  readonly right: string;
  readonly wrong: string;
}

export interface Language {
  readonly name: string;
  readonly file: string;
  readonly optimizers: readonly OptimizerId[];
  /** Why it cannot run here, or null. */
  readonly missing: string | null;
  /** The command that runs this source; compiles it first where that is needed. */
  readonly command: (source: string) => readonly string[];
  readonly injection: FaultInjection;
}

export const LANGUAGES: readonly Language[] = [
  {
    name: 'Python',
    file: 'python/my_mlp.py',
    optimizers: ['sgd', 'momentum', 'adam'],
    missing: missing('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']),
    command: (source) => ['python3', source],
    injection: { right: 'db = [sum(column) for column in zip(*dz)]', wrong: 'db = dz[0]' },
  },
  {
    name: 'C',
    file: 'c/my_mlp.c',
    optimizers: ['sgd', 'adam'],
    missing: missing('cc', ['--version']),
    command: compiled,
    injection: { right: 'case RELU: return z > 0 ? 1 : 0;', wrong: 'case RELU: return 1;' },
  },
  {
    name: 'Perl',
    file: 'perl/my_mlp.pl',
    optimizers: ['sgd', 'adam'],
    missing: missing('perl', ['-MPOSIX', '-MList::Util', '-e', 'exit($] < 5.010)']),
    command: (source) => ['perl', source],
    injection: {
      right: 'entries(sub { ($_[0] - $_[1]) / $B }, $p, $t)',
      wrong: 'entries(sub { $_[0] - $_[1] }, $p, $t)',
    },
  },
];

function missing(command: string, args: readonly string[]): string | null {
  const { error, status } = spawnSync(command, args);
  if (error !== undefined) return `no ${command}`;
  return status === 0 ? null : `${command} is too old`;
}

function compiled(source: string): readonly string[] {
  const program = join(newFolder(), 'my_mlp');
  const { status, stderr } = spawnSync('cc', ['-std=c99', '-O2', '-o', program, source, '-lm'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return [program];
}

/** Everything that is written: wrong versions, and programs compiled. Whoever imports this removes it at the end. */
export const TEMPORARY = mkdtempSync(join(tmpdir(), 'backproof-languages-'));

function newFolder(): string {
  return mkdtempSync(join(TEMPORARY, 'program-'));
}

/** A copy of the program with its mistake, made anew each time so that both stay in step; what is replaced has to be there exactly once. */
export function wrongVersion({ file, injection: { right, wrong } }: Language): string {
  const parts = readFileSync(join(FOLDER, file), 'utf8').split(right);
  if (parts.length !== 2) throw new Error(`${file} has "${right}" ${parts.length - 1} times, not once`);
  const copy = join(newFolder(), file.replace(/.*\//, ''));
  writeFileSync(copy, parts.join(wrong));
  return copy;
}

export type Answer = Record<string, unknown>;

export interface Client {
  /** The answer, as it came, to a line, as it is. */
  readonly line: (request: string) => Promise<string>;
  readonly ask: (request: object) => Promise<Answer>;
  /** Closes its standard input; gives the exit code and what it wrote to standard error. */
  readonly end: () => Promise<{ code: number | null; stderr: string }>;
}

export function start([program = '', ...args]: readonly string[]): Client {
  const child = spawn(program, args);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined); // a program that has ended: the next line that is waited for says so
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const line = async (request: string): Promise<string> => {
    child.stdin.write(`${request}\n`);
    const next = await lines.next();
    if (next.done === true) throw new Error(`the program has ended: ${stderr}`);
    return next.value;
  };
  return {
    line,
    ask: async (request) => JSON.parse(await line(JSON.stringify(request))) as Answer,
    end: async () => {
      child.stdin.end();
      return { code: await ended, stderr };
    },
  };
}
