// Fuzzes a subject: finds out what it computes, tries random problems until one fails, and makes
// that one as small as it gets.
import { UNWATCHED } from '../check/watch.ts';
import type { Watch } from '../check/watch.ts';
import { describeNetwork } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import { caseOf } from './case-text.ts';
import type { CaseFile } from './case-text.ts';
import type { Problem } from './draw.ts';
import { explain } from './explain.ts';
import { problemOf } from './fuzz-work.ts';
import type { RunRange } from './fuzz-work.ts';
import { judge } from './judge.ts';
import { learn } from './learn.ts';
import type { Refused } from './learn.ts';
import { shrink } from './shrink/shrink.ts';
import type { Failure } from './shrink/shrink.ts';
import type { Space } from './space.ts';
import type { Subject } from './subject.ts';
import { Adding, TRIED } from './tally.ts';
import type { SeedResult, Tally } from './tally.ts';
import { trainingText } from './training.ts';
import { inOrder } from './work.ts';
import type { InOrder, SeedRange } from './work.ts';

/** What is to be tried. */
export interface FuzzPlan {
  /** The first seed; one seed more per run. */
  readonly seed: number;
  readonly runs: number;
  /** Whether to go on after the first failure. */
  readonly keepGoing: boolean;
  readonly space: Space;
}

/** A problem in words. */
export interface Described {
  /** "2-3-1, relu, linear, mse, 5 examples"; for a wrong training "..., 2 steps of adam" */
  readonly text: string;
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly steps: number;
  readonly examples: number;
}

/** The smallest problem that fails. */
export interface Found {
  /** null where a file was replayed. */
  readonly seed: number | null;
  readonly failure: Failure;
  /** false: it is wrong only after other networks, so that nothing was made smaller. */
  readonly alone: boolean;
  /** As it was drawn. */
  readonly original: Described;
  readonly smallest: Described;
  readonly shrinking: { readonly tried: number; readonly kept: number };
  /** One sentence, and those below it. */
  readonly headline: string;
  readonly lines: readonly string[];
  /** Known mistakes that explain it, by name. */
  readonly mistakes: readonly string[];
  /** The smallest problem as a case file. */
  readonly case: CaseFile;
}

/** What fuzzing found. */
export interface FuzzResult {
  readonly verdict: { readonly kind: 'agree' | 'disagree' | 'inconclusive'; readonly reason?: string };
  readonly seed: number;
  readonly runs: number;
  /** What the subject does not compute. */
  readonly refused: readonly Refused[];
  readonly tally: Tally;
  readonly found: Found | null;
}

/** How fuzz runs its seeds. */
export interface Runner {
  /** Runs all seeds of this space, here or elsewhere, until `order` is done. */
  readonly all: (space: Space, range: SeedRange, order: InOrder<SeedResult>, signal: AbortSignal) => Promise<void>;
  readonly watch?: Watch;
  /** Ends the search for failures; those found so far are reported. */
  readonly until?: AbortSignal;
}

/** Seeds per range: the first ranges are short, because many a mistake shows at once. */
const CHUNK = { first: 4, most: 64 };

/** @throws CandidateError if the candidate hangs or ends */
export async function fuzz(
  subject: Subject,
  plan: FuzzPlan,
  { all, watch = UNWATCHED, until }: Runner,
): Promise<FuzzResult> {
  const wanted = { ...plan.space, classes: subject.classes };
  const { space, refused } = await learn(subject, wanted);
  const adding = new Adding(plan.keepGoing);
  let first: { seed: number; failure: Failure } | null = null;
  if (space !== null) {
    const order = inOrder<SeedResult>({ from: plan.seed, count: plan.runs }, (result, seed) => {
      if (result.outcome.kind === 'wrong') first ??= { seed, failure: result.outcome };
      const goesOn = adding.add(result, seed);
      watch.progress('seeds', seed + 1 - plan.seed, plan.runs);
      return goesOn;
    });
    const stop = AbortSignal.any([watch.signal, ...(until === undefined ? [] : [until])]);
    await all(space, { from: plan.seed, count: plan.runs }, order, stop);
    first ??= earlyFailure(order, adding);
  }
  const tally = adding.tally();
  const found =
    first === null || space === null
      ? null
      : await smallestOf(subject, space, problemOf(first.seed, subject, space), first, watch);
  return { verdict: verdictOf(tally, watch.signal.aborted), seed: plan.seed, runs: plan.runs, refused, tally, found };
}

/** A run that was stopped may know of a failure whose turn has not come. */
function earlyFailure({ early }: InOrder<SeedResult>, adding: Adding): { seed: number; failure: Failure } | null {
  for (const [seed, result] of early) {
    if (result.outcome.kind !== 'wrong') continue;
    adding.add(result, seed);
    return { seed, failure: result.outcome };
  }
  return null;
}

/** Runs all seeds in ranges, so many of them at a time. */
export function inRanges(run: RunRange, parallel: number): Runner['all'] {
  return async (space, { from, count }, order, signal) => {
    let begun = from;
    let chunk = CHUNK.first;
    const done = new AbortController(); // what others are at is not wanted any more
    const stop = AbortSignal.any([signal, done.signal]);
    const keepBusy = async (): Promise<void> => {
      while (begun < from + count && !order.isDone && !stop.aborted) {
        const range = { from: begun, count: Math.min(chunk, from + count - begun) };
        begun += range.count;
        chunk = Math.min(CHUNK.most, 2 * chunk);
        order.take(range.from, await run(space, range, stop));
        if (order.isDone) done.abort();
      }
    };
    await Promise.all(Array.from({ length: parallel }, keepBusy));
  };
}

function verdictOf({ wrong, right, runs, refused }: Tally, interrupted: boolean): FuzzResult['verdict'] {
  if (wrong > 0) return { kind: 'disagree' };
  if (interrupted) return { kind: 'inconclusive', reason: 'interrupted' };
  if (right > 0) return { kind: 'agree' };
  if (runs > 0 && refused < runs) return { kind: 'inconclusive', reason: 'the numbers are out of range' };
  return { kind: 'inconclusive', reason: runs === 0 ? 'no network was checked' : 'every network was refused' };
}

async function smallestOf(
  subject: Subject,
  space: Space,
  problem: Problem,
  { seed, failure }: { readonly seed: number | null; readonly failure: Failure },
  watch: Watch,
): Promise<Found> {
  await subject.renew?.();
  if ((await judge(subject, problem)).kind !== 'wrong') return onceOnly(subject, problem, { seed, failure });
  const shrunk = await shrink(subject, space, problem, failure, watch);
  return foundOf(subject, { seed, failure, problem, shrunk }, watch);
}

/** The same problem by itself is answered rightly: what it answers depends on what came before. */
function onceOnly(
  { label, updates }: Subject,
  problem: Problem,
  { seed, failure }: { readonly seed: number | null; readonly failure: Failure },
): Found {
  const same = described(problem, failure);
  return {
    seed,
    failure,
    alone: false,
    original: same,
    smallest: same,
    shrinking: { tried: 0, kept: 0 },
    headline: `${label} is wrong on seed ${seed} after other networks, and not when it is asked for it alone`,
    lines: ['Fix: use nothing of an earlier call; compute everything from the arguments.'],
    mistakes: [],
    case: caseOf(problem, updates, same.text),
  };
}

async function foundOf(
  subject: Subject,
  {
    seed,
    failure,
    problem,
    shrunk,
  }: {
    readonly seed: number | null;
    readonly failure: Failure;
    readonly problem: Problem;
    readonly shrunk: Awaited<ReturnType<typeof shrink>>;
  },
  watch: Watch,
): Promise<Found> {
  const { answer, names } = await explain(subject, shrunk.problem, watch);
  const [original, smallest] = [described(problem, failure), described(shrunk.problem, failure)];
  return {
    seed,
    failure,
    alone: true,
    original,
    smallest,
    shrinking: { tried: shrunk.tried, kept: shrunk.kept },
    headline: answer.headline,
    lines: answer.lines,
    mistakes: names,
    case: caseOf(shrunk.problem, subject.updates, smallest.text),
  };
}

/** The result of one problem of a file: as it is, not made smaller. */
export async function replay(subject: Subject, problem: Problem, watch: Watch = UNWATCHED): Promise<FuzzResult> {
  const outcome = await judge(subject, problem);
  const adding = new Adding(false);
  adding.add({ outcome, tried: NOTHING_TRIED }, 0);
  const tally = adding.tally();
  const shrunk = { problem, tried: 0, kept: 0 };
  const found =
    outcome.kind === 'wrong' ? await foundOf(subject, { seed: null, failure: outcome, problem, shrunk }, watch) : null;
  return { verdict: verdictOf(tally, watch.signal.aborted), seed: 0, runs: 1, refused: [], tally, found };
}

const NOTHING_TRIED = Object.fromEntries(TRIED.map((name) => [name, []])) as unknown as SeedResult['tried'];

function described(problem: Problem, { stage }: Failure): Described {
  const { network, optimizer, steps, batch } = problem;
  const examples = batch.inputs.rows;
  const parts = [describeNetwork(network), `${examples} example${examples === 1 ? '' : 's'}`];
  if (stage === 'training') parts.push(trainingText(problem));
  return { text: parts.join(', '), network, optimizer, steps, examples };
}
