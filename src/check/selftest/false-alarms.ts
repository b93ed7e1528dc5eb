// The other side: random networks that are right must pass, on every engine; and how much of the bound they use.
import { countParameters } from '../../network/spec.ts';
import type { Known } from '../diagnose.ts';
import type { Watch } from '../watch.ts';
import { breather } from '../watch.ts';
import type { Makers, Other } from './makers.ts';
import { randomProblem } from './random-problem.ts';
import type { RandomProblem } from './random-problem.ts';
import { allMeasures, tryOut } from './trial.ts';

export interface FalseAlarm {
  readonly seed: number;
  readonly engine: string;
  /** What was said to be wrong. */
  readonly what: string;
  readonly usedOfBound: number;
}

/** Shares of the bound used at the worst entry of each gradient tensor. */
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
  /** Gradient entries compared, and how many there are: each is compared once. */
  readonly entriesCompared: number;
  readonly entriesThereAre: number;
}

/** `count` networks from `firstSeed` on, the hand-written engine against each of the others. */
export async function falseAlarms(
  makers: Makers,
  count: number,
  firstSeed: number,
  watch: Watch,
): Promise<FalseAlarms> {
  const alarms: FalseAlarm[] = [];
  const used = new Map<string, number[]>();
  const networks = new Map<string, number>();
  let [done, entriesCompared, entriesThereAre] = [0, 0, 0];
  const breathe = breather(watch);
  for (; done < count && !watch.signal.aborted; done++) {
    const problem = randomProblem(firstSeed + done);
    for (const other of makers.others) {
      const { measures, gradientEntries, gradientUse, overflow } = await run(makers, other, problem);
      if (overflow) continue;
      networks.set(other.label, (networks.get(other.label) ?? 0) + 1);
      entriesCompared += gradientEntries;
      entriesThereAre += countParameters(problem.network);
      used.set(other.label, [...(used.get(other.label) ?? []), ...gradientUse]);
      for (const m of measures) {
        if (!(m.usedOfBound <= 1)) {
          const what = `${m.parameter} [${m.index.join(', ')}]`;
          alarms.push({ seed: problem.seed, engine: other.label, what, usedOfBound: m.usedOfBound });
        }
      }
    }
    watch.progress('networks', done + 1, count);
    await breathe();
  }
  const usage = [...used].map(([engine, shares]) => usageOf(engine, networks.get(engine) ?? 0, shares));
  return { networks: done, firstSeed, alarms, usage, entriesCompared, entriesThereAre };
}

async function run(makers: Makers, other: Other, { network, optimizer, start, batch }: RandomProblem) {
  const setting = { network, optimizer, scaling: { mean: 0, deviation: 1 } };
  const known: Known = { setting, mistaken: (mistake) => makers.own(network, optimizer, { dtype: 'f64', mistake }) };
  const candidate = await makers.own(network, optimizer, { dtype: 'f32' });
  const reference = await other.make(network, optimizer);
  try {
    const trial = await tryOut(known, start, batch, candidate, reference);
    const { parameters, loss } = trial.gradients;
    return {
      measures: allMeasures(trial),
      gradientEntries: parameters.reduce((sum, m) => sum + m.entries, 0),
      gradientUse: parameters.map((m) => m.usedOfBound),
      overflow: !Number.isFinite(Math.fround(loss.oracle)), // beyond the range of binary32 there is nothing to compare
    };
  } finally {
    await candidate.dispose();
    await reference.dispose();
  }
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
