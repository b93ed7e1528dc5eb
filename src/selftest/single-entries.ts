// The self-test with one wrong gradient entry: exactly that entry must be reported. It also
// measures how small an error is caught.
import { copyParameters, indexOf, namedTensors } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { power } from '../numeric/elementary.ts';
import { createRng } from '../numeric/rng.ts';
import { boundedGradients } from '../bounds/gradients.ts';
import { measureParameters } from '../check/measure.ts';
import type { Watch } from '../check/watch.ts';
import { withEngines } from '../check/with-engines.ts';
import type { Makers } from './makers.ts';
import { eachOf } from './range.ts';
import type { Range } from './range.ts';
import { randomProblem } from './random-problem.ts';

export interface SingleEntries {
  readonly trials: number;
  /** Trials in which the entry, wrong by FACTOR bounds, is reported and nothing else. */
  readonly caught: number;
  readonly factor: number;
  readonly missed: readonly string[];
  /** Small networks in which every entry was made wrong in turn. */
  readonly everyEntry: { readonly networks: number; readonly entries: number; readonly caughtOnce: number };
  /**
   * The error that is caught half of the time: in bounds, and relative to the entry (the median
   * over entries).
   */
  readonly halfCaughtAt: number;
  readonly halfCaughtRelative: number;
}

const FACTOR = 20;
/** Networks in which every entry is tried. */
const EVERY_ENTRY_NETWORKS = 5;
/** Errors tried, in bounds. */
const SIZES = Array.from({ length: 25 }, (_, i) => power(10, -1 + i / 12));

/** The result of one trial. Plain data, because parts may run in other processes. */
export interface TriedEntry {
  readonly caught: boolean;
  /** Where it was. */
  readonly what: string;
  /** For each of SIZES, whether an error of that size was caught. */
  readonly bySize: readonly boolean[];
  /** The bound of the entry, relative to the entry. */
  readonly share: number;
  /** Of a network in which every entry is tried: how many there are, and how many were caught. */
  readonly every: { readonly entries: number; readonly caughtOnce: number } | null;
}

/** Makes one entry wrong in each of the random networks of this range. */
export async function tryEntries(makers: Makers, range: Range, firstSeed: number, watch: Watch): Promise<TriedEntry[]> {
  return eachOf('entries', range, watch, async (n) => {
    const seed = firstSeed + n;
    const isEvery = n < EVERY_ENTRY_NETWORKS;
    const sample = await sampleOf(makers, seed, isEvery ? 6 : 60);
    const rng = createRng(seed, 'single entry');
    const t = rng.below(sample.tensors.length);
    const i = rng.below(sample.tensors[t]);
    return {
      caught: sample.catches(t, i, FACTOR),
      what: `seed ${seed}, tensor ${t}, entry ${i}`,
      bySize: SIZES.map((size) => sample.catches(t, i, rng.uniform() < 0.5 ? size : -size)),
      share: sample.boundShare(t, i),
      every: isEvery ? everyEntryOf(sample) : null,
    };
  });
}

function everyEntryOf({ tensors, catches }: Sample): TriedEntry['every'] {
  let [entries, caughtOnce] = [0, 0];
  tensors.forEach((length, tensor) => {
    for (let entry = 0; entry < length; entry++) {
      entries++;
      if (catches(tensor, entry, FACTOR)) caughtOnce++;
    }
  });
  return { entries, caughtOnce };
}

/** The results of all trials, added up. */
export function singleEntries(all: readonly TriedEntry[]): SingleEntries {
  const every = all.flatMap(({ every }) => every ?? []);
  const shares = all.map(({ share }) => share).filter(Number.isFinite);
  const caughtBySize = SIZES.map((_, s) => all.filter(({ bySize }) => bySize[s]).length);
  const halfCaughtAt = crossing(caughtBySize.map((n) => n / all.length));
  const medianShare = shares.toSorted((a, b) => a - b)[shares.length >> 1];
  return {
    trials: all.length,
    caught: all.filter(({ caught }) => caught).length,
    factor: FACTOR,
    missed: all.filter(({ caught }) => !caught).map(({ what }) => what),
    everyEntry: {
      networks: every.length,
      entries: every.reduce((sum, { entries }) => sum + entries, 0),
      caughtOnce: every.reduce((sum, { caughtOnce }) => sum + caughtOnce, 0),
    },
    halfCaughtAt,
    halfCaughtRelative: halfCaughtAt * medianShare,
  };
}

type Sample = Awaited<ReturnType<typeof sampleOf>>;

/** The right gradients of one random network, in which an entry can be made wrong. */
async function sampleOf(makers: Makers, seed: number, largest: number) {
  const { network, optimizer, start, batch } = randomProblem(seed, { largest });
  const exact = boundedGradients(network, start, batch);
  const right = await withEngines(async (open) => {
    const engine = await open(() => makers.own(network, optimizer, { dtype: 'f32' }));
    await engine.load(start);
    return (await engine.lossAndGradients(batch)).gradients;
  });
  const shapes = namedTensors(right);
  const { errors, gradients: values } = exact;
  return {
    tensors: shapes.map((tensor) => tensor.values.length),
    /**
     * Makes entry i of tensor t wrong by `bounds` bounds. True if exactly that entry is reported.
     */
    catches(t: number, i: number, bounds: number): boolean {
      const wrong: Parameters = copyParameters(right, 'f64');
      const bound = errors[t].values[i];
      // the bound of an entry that is exactly 0 in every engine is 0, so any other value is wrong
      wrong[t].values[i] += bound > 0 ? bounds * bound : 1e-30;
      const off = measureParameters({ candidate: wrong, reference: right }, values, errors).filter(
        (m) => m.left !== null,
      );
      const [only] = off;
      const expected = indexOf(shapes[t].shape, i).join();
      return (
        off.length === 1 &&
        only.left === 'candidate' &&
        only.parameter === shapes[t].name &&
        only.index.join() === expected
      );
    },
    boundShare: (t: number, i: number): number => errors[t].values[i] / Math.abs(values[t].values[i]),
  };
}

/** The size at which the share first reaches a half, interpolated between two sizes. */
function crossing(shares: readonly number[]): number {
  const at = shares.findIndex((share) => share >= 0.5);
  if (at <= 0) return SIZES[Math.max(at, 0)];
  const [below, above] = [shares[at - 1], shares[at]];
  return SIZES[at - 1] + ((0.5 - below) / (above - below)) * (SIZES[at] - SIZES[at - 1]);
}
