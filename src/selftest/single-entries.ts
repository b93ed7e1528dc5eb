// The self-test with one wrong gradient entry: exactly that entry must be reported. It also
// measures how small an error is caught.
import { copyParameters, indexOf, namedTensors } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { power } from '../numeric/elementary.ts';
import { createRng } from '../numeric/rng.ts';
import { boundedGradients } from '../bounds/gradients.ts';
import { measureParameters } from '../check/measure.ts';
import type { Watch } from '../check/watch.ts';
import { breather } from '../check/watch.ts';
import { withEngines } from '../check/with-engines.ts';
import type { Makers } from './makers.ts';
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

export async function singleEntries(
  makers: Makers,
  trials: number,
  firstSeed: number,
  watch: Watch,
): Promise<SingleEntries> {
  const missed: string[] = [];
  const relative: number[] = [];
  const caughtBySize = SIZES.map(() => 0);
  let [caught, entries, caughtOnce, done] = [0, 0, 0, 0];
  const breathe = breather(watch);
  for (; done < trials && !watch.signal.aborted; done++) {
    const seed = firstSeed + done;
    const sample = await sampleOf(makers, seed, done < EVERY_ENTRY_NETWORKS ? 6 : 60);
    const rng = createRng(seed, 'single entry');
    const t = rng.below(sample.tensors.length);
    const i = rng.below(sample.tensors[t]);
    if (sample.catches(t, i, FACTOR)) caught++;
    else missed.push(`seed ${seed}, tensor ${t}, entry ${i}`);
    SIZES.forEach((size, s) => (caughtBySize[s] += sample.catches(t, i, rng.uniform() < 0.5 ? size : -size) ? 1 : 0));
    const share = sample.boundShare(t, i);
    if (Number.isFinite(share)) relative.push(share);
    if (done < EVERY_ENTRY_NETWORKS) {
      sample.tensors.forEach((length, tensor) => {
        for (let entry = 0; entry < length; entry++) {
          entries++;
          if (sample.catches(tensor, entry, FACTOR)) caughtOnce++;
        }
      });
    }
    watch.progress('entries', done + 1, trials);
    await breathe();
  }
  const halfCaughtAt = crossing(caughtBySize.map((n) => n / done));
  const medianShare = relative.toSorted((a, b) => a - b)[relative.length >> 1];
  const everyEntry = { networks: Math.min(EVERY_ENTRY_NETWORKS, done), entries, caughtOnce };
  return {
    trials: done,
    caught,
    factor: FACTOR,
    missed,
    everyEntry,
    halfCaughtAt,
    halfCaughtRelative: halfCaughtAt * medianShare,
  };
}

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
