// A candidate's processes, one after the other: the next one is started before its file is saved.
import { openCommand } from '../../candidates/process/command.ts';
import { startModule } from '../../candidates/process/module.ts';
import type { StartedModule } from '../../candidates/process/module.ts';
import type { CandidatePort } from '../../candidates/request.ts';
import type { CandidateOptions } from '../../candidates/limits.ts';
import type { Options } from '../options.ts';
import { textOf } from './sources.ts';

interface Waiting {
  readonly module: StartedModule;
  /** Ends its current request. */
  readonly end: AbortController;
}

export class Spare {
  readonly #options: Options;
  readonly #limits: CandidateOptions;
  #waiting: Waiting | null = null;

  constructor(options: Options, limits: CandidateOptions) {
    this.#options = options;
    this.#limits = limits;
  }

  /** Starts the process that the next `open` takes; a program could not wait. */
  start(): void {
    const { candidate } = this.#options;
    if (candidate !== undefined) this.#waiting ??= this.#started(candidate, textOf(candidate));
  }

  /** @param signal ends the process in the middle of an answer */
  async open(signal: AbortSignal): Promise<CandidatePort> {
    const { candidate, 'candidate-command': command } = this.#options;
    if (candidate === undefined) return openCommand(command ?? '', { ...this.#limits, signal, grace: 0 });
    const ready = this.#waiting;
    this.#waiting = null;
    const isAlive = ready?.module.alive() === true;
    if (!isAlive) await ready?.module.close();
    const { module, end } = isAlive ? ready : this.#started(candidate);
    const stop = (): void => end.abort();
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    return module.open();
  }

  async close(): Promise<void> {
    await this.#waiting?.module.close();
  }

  #started(path: string, text = ''): Waiting {
    const end = new AbortController();
    return { module: startModule(path, { ...this.#limits, signal: end.signal, grace: 0 }, text), end };
  }
}
