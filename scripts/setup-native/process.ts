// Runs the other programs that the setup needs (pip, node-gyp, node), and defines how a step fails and how Ctrl-C stops
// a running program.
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { OWN_GROUP } from '../../src/candidates/process/process-tree.ts';
import { endWith } from '../../src/program/process-group.ts';

export const EXIT = { works: 0, usage: 2, missing: 3, internal: 4, interrupted: 130 } as const;

/** A failure that the user can act on; its message is the one printed line. */
export class Failure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.missing) {
    super(message);
    this.name = 'Failure';
    this.exitCode = exitCode;
  }
}

/** Aborted by Ctrl-C or SIGTERM; every step watches this signal. */
export const interruption = new AbortController();

export function throwIfInterrupted(): void {
  if (interruption.signal.aborted) throw new Failure('interrupted; nothing was installed', EXIT.interrupted);
}

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a command to its end and collects its output. Throws only if the command cannot be started. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  throwIfInterrupted();
  const finished = await new Promise<Finished>((resolve, reject) => {
    const child = spawn(command, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: OWN_GROUP, // so that make's compilers are stopped with it
    });
    // Killed at once: a child writes only into the temporary folder, which is removed next.
    endWith(interruption.signal, child);
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    child.on('error', (cause) => reject(new Failure(`${command} could not be started: ${oneLine(cause.message)}`)));
    child.on('close', (code, signal) => resolve({ code, signal, ...output }));
  });
  throwIfInterrupted();
  return finished;
}

/** Where a program is on PATH, as a shell would find it. */
export function findOnPath(program: string, path: string = process.env['PATH'] ?? ''): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, program))
    .find(isExecutableFile);
}

function isExecutableFile(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** One line, without addresses, because the output of another program may name a private package index. */
export function oneLine(text: string): string {
  const line = text
    .replace(/\b[a-z][a-z+]*:\/\/\S+/gi, '<address>')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > 300 ? `${line.slice(0, 297)}...` : line;
}

/** The first line of a failed program's output that matches `mark`, or the last line. */
export function complaint(finished: Finished, mark: RegExp): string {
  const lines = `${finished.stderr}\n${finished.stdout}`.split('\n').filter((line) => line.trim() !== '');
  const how = finished.signal === null ? `exit code ${finished.code ?? 'unknown'}` : finished.signal;
  return oneLine(lines.find((line) => mark.test(line)) ?? lines.at(-1) ?? `no output, ${how}`);
}
