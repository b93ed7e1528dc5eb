// A contender in a process of its own. It gets one JSON line at a time, each with a time limit. It
// ends with the benchmark, however the benchmark ends.
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { OWN_GROUP } from '../../src/candidates/process/process-tree.ts';
import { endWith } from '../../src/program/process-group.ts';
import type { Launcher, Running } from './measure.ts';
import type { Opened, Request, Trained, Unable } from './protocol.ts';

/** The failure of a contender, in one line. */
export class ContenderError extends Error {}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const SECONDS_TO_ANSWER = 300;
const STDERR_KEPT = 4000;

export function launcher(id: string, command: Command, signal: AbortSignal, limit = SECONDS_TO_ANSWER): Launcher {
  return { id, launch: () => new ContenderProcess(id, command, signal, limit) };
}

type Answer = Record<string, unknown>;

class ContenderProcess implements Running {
  readonly #id: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #limit: number;
  #stderr = '';
  /** Why it accepts no more requests, or null. */
  #ended: string | null = null;
  #settle: ((outcome: Answer | ContenderError) => void) | null = null;
  /** Ends it, and everything it started. */
  readonly kill: () => void;

  constructor(id: string, { program, args, env }: Command, signal: AbortSignal, limit: number) {
    [this.#id, this.#limit] = [id, limit];
    this.#child = spawn(program, [...args], { detached: OWN_GROUP, env: { ...process.env, ...env } });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#hear(line));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
    });
    this.#child.stdin.on('error', () => {}); // the process has ended, and 'close' reports it
    this.#child.on('error', (error) => this.#end(`could not be started (${error.message})`));
    this.#child.on('close', (code, how) => this.#end(`ended (${how ?? `exit code ${code}`})${this.#lastWords()}`));
    this.kill = endWith(signal, this.#child);
  }

  async open(folder: string): Promise<Opened | Unable> {
    return (await this.#ask({ do: 'open', task: folder })) as unknown as Opened | Unable;
  }

  async train(from: number, steps: number): Promise<Trained> {
    const answer = await this.#ask({ do: 'train', from, steps });
    if (!(typeof answer['seconds'] === 'number' && answer['seconds'] > 0)) throw this.#error('returned no time');
    return answer as unknown as Trained;
  }

  async loss(from: number, steps: number): Promise<number> {
    const { loss } = await this.#ask({ do: 'loss', from, steps });
    return typeof loss === 'number' ? loss : NaN; // JSON has no NaN: null, or a word
  }

  async memory(): Promise<number> {
    return (await this.#ask({ do: 'memory' }))['rss'] as number;
  }

  async close(): Promise<void> {
    const closed = this.#ended ?? new Promise((resolve) => this.#child.once('close', resolve));
    try {
      await this.#ask({ do: 'close' });
      await Promise.race([closed, later(2)]);
    } finally {
      this.kill();
    }
  }

  async #ask(request: Request): Promise<Answer> {
    if (this.#ended !== null) throw this.#error(this.#ended);
    const outcome = await new Promise<Answer | ContenderError>((resolve) => {
      const timer = setTimeout(() => {
        this.kill();
        resolve(this.#error(`no answer to "${request.do}" within ${this.#limit} s`));
      }, this.#limit * 1000);
      this.#settle = (answer) => {
        clearTimeout(timer);
        this.#settle = null;
        resolve(answer);
      };
      this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    });
    if (outcome instanceof ContenderError) throw outcome;
    if (typeof outcome['error'] === 'string') throw this.#error(outcome['error']);
    return outcome;
  }

  #hear(line: string): void {
    if (!line.startsWith('{')) return; // output of the library itself
    try {
      this.#settle?.(JSON.parse(line) as Answer);
    } catch {
      this.#settle?.(this.#error(`returned an answer that is not JSON: ${line.slice(0, 200)}`));
    }
  }

  #end(how: string): void {
    this.#ended ??= how;
    this.kill();
    this.#settle?.(this.#error(this.#ended));
  }

  #lastWords(): string {
    const said = lastWords(this.#stderr);
    return said === '' ? '' : `: ${said}`;
  }

  #error(what: string): ContenderError {
    return new ContenderError(`${this.#id}: ${what}`);
  }
}

/** The error that a program reported on stderr, or its last line. */
export function lastWords(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const said = lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? '';
  return said.trim().slice(0, 300);
}

function later(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000).unref());
}
