// The program as a user has it, built into a folder of its own: of this checkout, and of an earlier
// commit, which uses the packages of this checkout.
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { OWN_GROUP } from '../../../src/candidates/process/process-tree.ts';
import { UsageError } from '../../../src/errors.ts';
import { endWith } from '../../../src/program/process-group.ts';
import { ROOT } from '../../package/pack.ts';

export interface Commit {
  readonly hash: string;
  /** The day of the commit, such as 2026-11-22. */
  readonly date: string;
}

/** This checkout's commit; null without git. */
export async function currentCommit(signal: AbortSignal): Promise<(Commit & { readonly changed: boolean }) | null> {
  try {
    const commit = await findCommit('HEAD', signal);
    const changed = (await output('git', ['status', '--porcelain', '--', 'src', 'package.json'], ROOT, signal)) !== '';
    return { ...commit, changed };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UsageError) return null;
    throw error;
  }
}

/** @throws UsageError on an unknown commit */
export async function findCommit(name: string, signal: AbortSignal): Promise<Commit> {
  try {
    const words = ['log', '-1', '--format=%h %cs', '--end-of-options', name, '--'];
    const [hash, date] = (await output('git', words, ROOT, signal)).trim().split(' ');
    return { hash, date };
  } catch {
    signal.throwIfAborted();
    throw new UsageError(`--against: git knows no commit "${name}"`, 'see git log');
  }
}

/** @returns the program's main file. @throws Error with one line if it cannot be built */
export async function buildCurrent(folder: string, signal: AbortSignal): Promise<string> {
  mkdirSync(join(folder, 'data'), { recursive: true });
  for (const file of ['package.json', 'data/datasets.json']) copyFileSync(join(ROOT, file), join(folder, file));
  return build(ROOT, folder, signal);
}

/** The same of an earlier commit. */
export async function buildCommit({ hash }: Commit, folder: string, signal: AbortSignal): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const archive = join(folder, 'sources.tar');
  await output('git', ['archive', '--format=tar', '-o', archive, hash], ROOT, signal);
  await output('tar', ['-xf', archive, '-C', folder], folder, signal);
  return build(folder, folder, signal);
}

async function build(sources: string, folder: string, signal: AbortSignal): Promise<string> {
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const dist = join(folder, 'dist');
  await output(process.execPath, ['--import', 'tsx', 'scripts/build.ts', dist], sources, signal);
  return join(dist, 'cli/main.js');
}

/** @returns stdout. @throws Error with one line */
function output(program: string, args: readonly string[], cwd: string, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const child = spawn(program, [...args], { cwd, detached: OWN_GROUP, stdio: ['ignore', 'pipe', 'pipe'] });
  endWith(signal, child);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (signal.aborted) reject(signal.reason as Error);
      else if (code === 0) resolve(stdout);
      else reject(new Error(`${program} ${args[0]} failed: ${(stderr || stdout).trim().split('\n', 1)[0]}`));
    });
  });
}
