// The example programs: how to start each, copies with the mistake of the gallery, and a small
// client of their protocol.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { OptimizerId } from '../../src/ops/optimizers/optimizer.ts';
import { sections } from './gallery.ts';

export const FOLDER = fileURLToPath(new URL('../../examples/languages/', import.meta.url));

export interface Language {
  readonly name: string;
  readonly file: string;
  readonly optimizers: readonly OptimizerId[];
  /** Why it cannot run here, or null. */
  readonly missing: string | null;
  /** The command that runs this source. Sources of compiled languages are compiled first. */
  readonly command: (source: string) => readonly string[];
}

const PYTHON_3_9 = 'import sys; sys.exit(sys.version_info < (3, 9))';
const ADAM = ['sgd', 'adam'] as const;

/** Programs that `check --command` checks, below FOLDER. */
export const CHECKED: readonly Pick<Language, 'name' | 'file' | 'missing' | 'command'>[] = [
  {
    name: 'a layer in Python',
    file: 'check/my_layer.py',
    missing: missing('python3', ['-c', PYTHON_3_9]),
    command: (source) => ['python3', source],
  },
  {
    name: 'a function in C',
    file: 'check/my_function.c',
    missing: missing('cc', ['--version']),
    command: (source) => compiled('cc', (out) => ['-std=c99', '-O2', '-o', out, source, '-lm']),
  },
];

export const LANGUAGES: readonly Language[] = [
  {
    name: 'NumPy',
    file: 'numpy/my_mlp.py',
    optimizers: ['sgd', 'momentum', 'adam'],
    missing: missing('python3', ['-c', `${PYTHON_3_9}`]) ?? missing('python3', ['-c', 'import numpy'], 'NumPy'),
    command: (source) => ['python3', source],
  },
  {
    name: 'Python',
    file: 'python/my_mlp.py',
    optimizers: ['sgd', 'momentum', 'adam'],
    missing: missing('python3', ['-c', PYTHON_3_9]),
    command: (source) => ['python3', source],
  },
  {
    name: 'Rust',
    file: 'rust/main.rs',
    optimizers: ADAM,
    missing: missing('rustc', ['--version']),
    command: (source) => compiled('rustc', (out) => ['--edition', '2021', '-O', '-D', 'warnings', '-o', out, source]),
  },
  {
    name: 'Go',
    file: 'go/my_mlp.go',
    optimizers: ADAM,
    missing: missing('go', ['version']),
    command: (source) => compiled('go', (out) => ['build', '-o', out, source]),
  },
  {
    name: 'C',
    file: 'c/my_mlp.c',
    optimizers: ADAM,
    missing: missing('cc', ['--version']),
    command: (source) => compiled('cc', (out) => ['-std=c99', '-O2', '-o', out, source, '-lm']),
  },
  {
    name: 'Perl',
    file: 'perl/my_mlp.pl',
    optimizers: ADAM,
    missing: missing('perl', ['-MPOSIX', '-MList::Util', '-e', 'exit($] < 5.010)']),
    command: (source) => ['perl', source],
  },
];

/**
 * Why the command cannot do this, or null if it can.
 * @param what the command lacks; by default the reason is that it is too old
 */
function missing(command: string, args: readonly string[], what?: string): string | null {
  const { error, status } = spawnSync(command, args);
  if (error !== undefined) return `no ${command}`;
  if (status === 0) return null;
  return what === undefined ? `${command} is too old` : `${command} has no ${what}`;
}

function compiled(compiler: string, args: (out: string) => readonly string[]): readonly string[] {
  const program = join(newFolder(), 'my_mlp');
  const { status, stderr } = spawnSync(compiler, args(program), { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return [program];
}

/**
 * The folder for all written files: wrong versions and compiled programs. Tests that import it
 * remove it at the end.
 */
export const TEMPORARY = mkdtempSync(join(tmpdir(), 'backproof-languages-'));

function newFolder(): string {
  return mkdtempSync(join(TEMPORARY, 'program-'));
}

/**
 * A copy of the program with the line of the gallery's diff replaced. The program must contain that
 * line exactly once.
 */
export function wrongVersion({ name, file }: Language): string {
  const mistake = sections().find(({ title }) => title === name)?.mistake;
  if (mistake === undefined) throw new Error(`the gallery has no section ${name}`);
  const folder = newFolder();
  cpSync(join(FOLDER, dirname(file)), folder, { recursive: true });
  const sources = readdirSync(folder).map((source) => join(folder, source));
  const holding = sources.filter((source) => readFileSync(source, 'utf8').includes(mistake.right));
  const parts = holding.flatMap((source) => readFileSync(source, 'utf8').split(mistake.right));
  if (parts.length !== 2) throw new Error(`${file} has "${mistake.right}" ${parts.length - 1} times, not once`);
  writeFileSync(holding[0], parts.join(mistake.wrong ?? ''));
  return join(folder, basename(file));
}

export type Answer = Record<string, unknown>;

export interface Client {
  /** The raw answer to a raw line. */
  readonly line: (request: string) => Promise<string>;
  readonly ask: (request: object) => Promise<Answer>;
  /** Closes its standard input; returns the exit code and what it wrote to standard error. */
  readonly end: () => Promise<{ code: number | null; stderr: string }>;
}

export function start([program = '', ...args]: readonly string[]): Client {
  const child = spawn(program, args);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined); // the program has ended; waiting for its next line reports that
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
