// --watch: checks again after each save, and keeps what does not depend on what was saved.
import { basename } from 'node:path';
import type { CandidatePort } from '../../candidates/request.ts';
import { requireFile } from '../../data/files/read-text.ts';
import { SavedFiles } from '../../data/files/saved-files.ts';
import type { Sources } from '../../data/files/saved-files.ts';
import { BackproofError, CandidateError, DataError, InterruptedError, UsageError } from '../../errors.ts';
import type { EngineFactory } from '../../engines/engine.ts';
import { EXIT } from '../../program/exit-codes.ts';
import type { Io } from '../../program/io.ts';
import { safeText } from '../../text.ts';
import { limitsOf } from '../candidate.ts';
import { complaint } from '../complaint.ts';
import type { Options } from '../options.ts';
import { KeptMemory, NO_MEMORY } from './memory.ts';
import type { Memory } from './memory.ts';
import { remembered } from './remembered.ts';
import { sourcesOf } from './sources.ts';
import { Spare } from './spare.ts';

/** How one check of several gets at its candidate, and at what earlier ones have computed. */
export interface Round {
  readonly memory: Memory;
  /** The same engine, whose answers are kept. */
  readonly remembered: (make: EngineFactory, key: string) => EngineFactory;
  /** Opens the candidate; undefined where it is opened as usual. */
  readonly open: (() => Promise<CandidatePort>) | undefined;
  /** Whether others follow. */
  readonly isWatched: boolean;
}

/** A check without --watch. */
export const ONLY_ROUND: Round = {
  memory: NO_MEMORY,
  remembered: (make) => make,
  open: undefined,
  isWatched: false,
};

/** One check. Its io's signal is aborted by Ctrl-C and, with --watch, by the next save. */
export type Check = (options: Options, io: Io, round: Round) => Promise<number>;

/**
 * Runs a check once or, with --watch, after each save until Ctrl-C.
 * @param prepare does what does not depend on the candidate, so that its errors end the program
 * @returns the exit code
 */
export async function checkOrWatch(
  options: Options,
  io: Io,
  check: Check,
  prepare: (memory: Memory) => void,
): Promise<number> {
  if (options.watch !== true) return check(options, io, ONLY_ROUND);
  if (options.json === true) throw new UsageError('--watch does not go with --json: it prints one document per run');
  if (options.candidate !== undefined) requireFile(options.candidate, '--candidate');
  let sources = sourcesOf(options);
  const memory = new KeptMemory();
  prepare(memory);
  const spare = new Spare(options, limitsOf(options, io));
  const saved = new SavedFiles((file) =>
    io.err(complaint(`${safeText(basename(file))} is not there`, 'waiting for it')),
  );
  try {
    io.err(`Watching ${listed(sources)}. Ctrl-C ends.\n`);
    for (let isFirst = true; ; isFirst = false) {
      sources = sourcesNow(options, sources);
      const end = new AbortController();
      const interrupt = (): void => end.abort();
      const interrupted = new Promise<null>((resolve) => end.signal.addEventListener('abort', () => resolve(null)));
      if (io.signal.aborted) interrupt();
      else io.signal.addEventListener('abort', interrupt);
      const change = saved.next(sources);
      void change.then(interrupt);
      const round: Round = {
        memory,
        remembered: (make, key) => remembered(make, key, memory),
        open: hasCandidate(options) ? () => spare.open(end.signal) : undefined,
        isWatched: true,
      };
      const late = setTimeout(() => spare.start(), LONG);
      await attempted(() => check(options, { ...io, signal: end.signal }, round), { io, end: end.signal, isFirst });
      clearTimeout(late);
      if (!end.signal.aborted) {
        memory.turn();
        spare.start();
      }
      const files = await Promise.race([change, interrupted.then(() => (io.signal.aborted ? null : change))]);
      io.signal.removeEventListener('abort', interrupt);
      if (files === null || io.signal.aborted) return EXIT.interrupted;
      io.out(separator(files, io));
    }
  } finally {
    saved.close();
    await spare.close();
  }
}

/** Milliseconds after which a check is one that trains: a save then needs a new process. */
const LONG = 1000;

function hasCandidate(options: Options): boolean {
  return options.candidate !== undefined || options['candidate-command'] !== undefined;
}

/** The files as they are now; while they cannot be told, those of before. */
function sourcesNow(options: Options, before: Sources): Sources {
  try {
    return sourcesOf(options);
  } catch (error) {
    if (error instanceof BackproofError) return before;
    throw error;
  }
}

/**
 * Prints in one line why a check could not be made. At first, wrong options and missing backends
 * end the program.
 */
async function attempted(
  check: () => Promise<number>,
  { io, end, isFirst }: { io: Io; end: AbortSignal; isFirst: boolean },
): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (!(error instanceof BackproofError)) throw error;
    if (end.aborted) return; // it was not to be ended
    const mayPass = error instanceof CandidateError || error instanceof DataError || !isFirst;
    if (!mayPass) throw error;
    io.err(complaint(error.message, error.hint));
  }
}

/** @throws InterruptedError where a newer file, or Ctrl-C, has made the result of no use */
export function requireCurrent(round: Round, io: Io): void {
  if (round.isWatched && io.signal.aborted) throw new InterruptedError('a newer file was saved');
}

const SHOWN = 4;

function namesOf(files: readonly string[]): string {
  const names = files.slice(0, SHOWN).map((file) => safeText(basename(file)));
  const more = files.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function listed({ needed, all }: Sources): string {
  const others = all.filter((file) => !needed.includes(file));
  return namesOf([...needed, ...others]);
}

function separator(files: readonly string[], io: Io): string {
  const said = `${namesOf(files)} saved at ${io.date().toISOString().slice(11, 19)} UTC`;
  return io.outIsTty ? `\n──── ${said} ────\n\n` : `${said}\n`;
}
