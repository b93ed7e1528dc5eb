// The false-alarm part of the self-test: random networks that are right must pass on every engine.
// It also measures how much of the bound they use.
import { heldBatch, heldParameters } from '../network/held.ts';
import { countParameters } from '../network/spec.ts';
import type { FaultInjector } from '../check/diagnosis/diagnose.ts';
import type { EngineFactory } from '../engines/engine.ts';
import { withEngines } from '../check/with-engines.ts';
import { optimizerSpec } from '../ops/optimizers/registry.ts';
import { askedOnce } from './asked-once.ts';
import { judgedBy } from './makers.ts';
import type { Makers, Other } from './makers.ts';
import { randomProblem } from './random-problem.ts';
import type { RandomProblem, Sizes } from './random-problem.ts';
import { allMeasures, knownOf, tryOut } from './trial.ts';
import type { Known } from './trial.ts';

export interface FalseAlarm {
  readonly seed: number;
  readonly engine: string;
  /** The entry reported as wrong. */
  readonly what: string;
  readonly usedOfBound: number;
}

/** The shares of the bound used at the worst entry of each gradient tensor. */
export interface Usage {
  readonly engine: string;
  readonly networks: number;
  readonly tensors: number;
  readonly median: number;
  readonly largest: number;
}

export interface FalseAlarms {
  readonly networks: number;
  readonly firstSeed: number;
  readonly alarms: readonly FalseAlarm[];
  readonly usage: readonly Usage[];
  /** Gradient entries compared, and how many there are; each is compared once. */
  readonly entriesCompared: number;
  readonly entriesThereAre: number;
}

/**
 * The result of a part of the random networks. Plain data, because parts may run in other
 * processes.
 */
export interface Part {
  readonly networks: number;
  readonly alarms: readonly FalseAlarm[];
  readonly used: readonly { readonly engine: string; readonly networks: number; readonly shares: readonly number[] }[];
  readonly entriesCompared: number;
  readonly entriesThereAre: number;
}

/**
 * Compares the tested engine with each of the others on `count` networks, starting at `firstSeed`.
 */
export async function tryNetworks(
  makers: Makers,
  count: number,
  firstSeed: number,
  sizes: Partial<Sizes> = {},
): Promise<Part> {
  const alarms: FalseAlarm[] = [];
  const rivals = makers.others.filter(({ label }) => label !== makers.onTrial.label);
  const arithmetic = rivals.find((rival) => rival.arithmetic !== undefined)?.arithmetic; // the same if several have one
  const used = rivals.map(({ label }) => ({ engine: label, networks: 0, shares: [] as number[] }));
  let [entriesCompared, entriesThereAre] = [0, 0];
  for (let n = 0; n < count; n++) {
    const { start, batch, ...judged } = judgedBy(arithmetic, supportedBy(makers.onTrial, firstSeed + n, sizes));
    const problem = {
      ...judged,
      start: heldParameters(judged.network, start),
      batch: heldBatch(judged.network, batch),
    };
    const known = knownOf(problem.network, problem.start, problem.batch);
    await withEngines(async (open) => {
      const tested = askedOnce(open, () => makers.onTrial.make(problem.network, problem.optimizer));
      for (const [o, other] of rivals.entries()) {
        const { measures, gradientEntries, gradientUse, overflow } = await run(makers, tested, other, problem, known);
        if (overflow) continue;
        used[o].networks++;
        used[o].shares.push(...gradientUse);
        entriesCompared += gradientEntries;
        entriesThereAre += countParameters(problem.network);
        for (const m of measures) {
          if (m.usedOfBound <= 1) continue;
          const what = `${m.parameter} [${m.index.join(', ')}]`;
          alarms.push({ seed: problem.seed, engine: other.label, what, usedOfBound: m.usedOfBound });
        }
      }
    });
  }
  return { networks: count, alarms, used, entriesCompared, entriesThereAre };
}

/** The problem; where the tested engine lacks a piece of it, a plain one, with sgd if need be. */
function supportedBy({ supports = () => true }: Other, seed: number, sizes: Partial<Sizes>): RandomProblem {
  const problem = randomProblem(seed, sizes);
  if (supports(problem.network, problem.optimizer)) return problem;
  const plain = randomProblem(seed, { ...sizes, plain: true });
  const { network, optimizer } = plain;
  if (supports(network, optimizer)) return plain;
  return { ...plain, optimizer: optimizerSpec('sgd', { learningRate: optimizer.learningRate }) };
}

export function together(parts: readonly Part[], firstSeed: number): FalseAlarms {
  const sum = (of: (part: Part) => number): number => parts.reduce((total, part) => total + of(part), 0);
  const engines = parts[0]?.used.map(({ engine }) => engine) ?? [];
  return {
    networks: sum((part) => part.networks),
    firstSeed,
    // parts arrive in the order they finish, which differs from run to run
    alarms: parts.flatMap((part) => part.alarms).toSorted((a, b) => a.seed - b.seed),
    usage: engines.map((engine, e) => {
      const networks = sum((part) => part.used[e].networks);
      return usageOf(
        engine,
        networks,
        parts.flatMap((part) => part.used[e].shares),
      );
    }),
    entriesCompared: sum((part) => part.entriesCompared),
    entriesThereAre: sum((part) => part.entriesThereAre),
  };
}

async function run(
  makers: Makers,
  tested: EngineFactory,
  other: Other,
  { network, optimizer, start, batch }: RandomProblem,
  known: Known,
) {
  const setting = { network, optimizer, scaling: { mean: 0, deviation: 1 } };
  const injector: FaultInjector = {
    setting,
    inject: (injection) => makers.own(network, optimizer, { dtype: 'f64', injection }),
  };
  return withEngines(async (open) => {
    const candidate = await open(tested);
    const reference = await open(() => other.make(network, optimizer));
    const trial = await tryOut(injector, start, batch, { candidate, reference }, known);
    const { parameters, loss } = trial.gradients;
    return {
      measures: allMeasures(trial),
      gradientEntries: parameters.reduce((sum, m) => sum + m.entries, 0),
      gradientUse: parameters.map((m) => m.usedOfBound),
      overflow: !Number.isFinite(Math.fround(loss.oracle)), // outside the range of binary32, nothing can be compared
    };
  });
}

function usageOf(engine: string, networks: number, shares: readonly number[]): Usage {
  const sorted = shares.toSorted((a, b) => a - b);
  return {
    engine,
    networks,
    tensors: sorted.length,
    median: sorted[sorted.length >> 1],
    largest: sorted[sorted.length - 1],
  };
}
