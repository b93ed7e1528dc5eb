// Runs the program as users do: a child process with arguments, two streams, signals and an
// exit code.
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, inject } from 'vitest';
import { run } from '../../src/cli/run.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The folder that test/built.ts made: dist/, package.json and node_modules. */
export const BUILT = inject('built');

/** A run that takes a second: 2-16-2 on 320 generated examples, 5 steps per epoch. */
export const SMALL = ['--dataset', 'moons', '--train-size', '320', '--test-size', '100', '--epochs', '2'] as const;
export const CPU = [...SMALL, '--backend', 'cpu'] as const;

export interface Outcome {
  /** null if a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Setting {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The folder whose dist/ holds the program; by default the one built for the tests. */
  readonly root?: string;
  /** Milliseconds after which the run counts as hanging and is killed. */
  readonly limit?: number;
  /** The user that runs it, if root runs the tests. */
  readonly uid?: number;
}

/** The command of the built program. */
export function programWords(args: readonly string[], root = BUILT): string[] {
  return [process.execPath, join(root, 'dist/cli/main.js'), ...args];
}

/** The command that runs the program from its sources, as `npm run` does. */
export function fromSources(args: readonly string[]): string[] {
  return [process.execPath, join(ROOT, 'scripts/run.mjs'), ...args];
}

export interface Running {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
}

export function start(args: readonly string[], { root, ...setting }: Setting = {}): Running {
  return startWords(programWords(args, root), setting);
}

export function startWords(
  [command = '', ...words]: readonly string[],
  { cwd = ROOT, env = process.env, limit = 45_000, uid }: Omit<Setting, 'root'> = {},
): Running {
  const child = spawn(command, words, {
    ...{ cwd, env, timeout: limit, killSignal: 'SIGKILL' },
    ...(uid !== undefined && { uid }),
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, outcome };
}

const waiting: (() => void)[] = [];
let free = 2; // processes at once: the cores of a small machine

/** Runs `use` as soon as fewer than two other calls are running. */
export async function inTurn<T>(use: () => Promise<T>): Promise<T> {
  if (free > 0) free--;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await use();
  } finally {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  }
}

/** Runs the program to its end. */
export function backproof(args: readonly string[], setting: Setting = {}): Promise<Outcome> {
  return inTurn(() => start(args, setting).outcome);
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs a command in this process, for tests that are not about the process. One at a time:
 * TensorFlow.js has one active backend.
 */
export function inProcess(args: readonly string[]): Promise<Outcome> {
  const outcome = last.then(async () => {
    let [stdout, stderr] = ['', ''];
    const code = await run(args, {
      out: (text) => void (stdout += text),
      err: (text) => void (stderr += text),
      ...{ outIsTty: false, errIsTty: false, signal: new AbortController().signal },
      now: () => performance.now(),
      date: () => new Date(),
    });
    return { code, stdout, stderr };
  });
  last = outcome.catch(() => undefined);
  return outcome;
}

const folders: string[] = [];

/** A new, empty folder; all are removed after the test file. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'backproof cli ')); // with a space, as a user's path may have
  folders.push(folder);
  return folder;
}
/** A new folder with these files. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = newFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/**
 * Writes own-0.mjs, own-1.mjs ... into a new folder.
 * @returns writes one file and returns its path
 */
export function fileWriter(): (text: string, extension: string) => string {
  const folder = newFolder();
  let files = 0;
  return (text, extension) => {
    const file = join(folder, `own-${files++}${extension}`);
    writeFileSync(file, text);
    return file;
  };
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/**
 * Every file below `folder`; asserts that none is half-written. The date in the names of kept pages
 * is replaced by DATE.
 */
export function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const dated = /^\d{4}-\d\d-\d\dT[\d.-]+Z-\w+(?=\.html$)/;
  return entries.flatMap((entry) => (entry.isFile() ? [entry.name.replace(dated, 'DATE')] : [])).sort();
}

/** The files that `compare` leaves in its folder. */
export const COMPARED = ['DATE.html', 'compare.json', 'compare.junit.xml', 'compare.md', 'index.html', 'report.html'];

/** stderr without the lines that say what a run is going to do and how far it is. */
export function withoutProgress(stderr: string): string {
  return stderr.replace(/^(?!backproof: )(Comparing .*|Gradient check: [A-Z]+: .*|.* \d+ of \d+(, .*)?)\n/gm, '');
}

/** The one line that a refusal prints, without the program's name; asserts that stdout is empty. */
export function complaint({ stdout, stderr }: Outcome): string {
  expect(stderr).toMatch(/^backproof: [^\n]+\n$/);
  expect(stdout).toBe('');
  return stderr.slice('backproof: '.length).trimEnd();
}

/** Why native TensorFlow cannot be used here, or null. */
export function nativeMissing(): string | null {
  const script = 'require("node:util").isNullOrUndefined ??= (x) => x == null; require("@tensorflow/tfjs-node")';
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], { cwd: ROOT, encoding: 'utf8' });
  if (status === 0) return null;
  return /^\w*Error: .*/m.exec(stderr)?.[0] ?? 'tfjs-node does not load';
}
