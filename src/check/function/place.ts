// A point, the gradient given there, and slopes measured there: whether the two agree in one
// direction.
import { UNIT_ROUNDOFF } from '../../numeric/dtype.ts';
import { createRng } from '../../numeric/rng.ts';
import type { Rng } from '../../numeric/rng.ts';
import { lineThrough } from './line.ts';
import type { Counted } from './line.ts';
import { OTHER_FIRST, noiseAlong } from './noise.ts';
import type { Noise } from './noise.ts';
import { measureSlope, powerOf2 } from './slope.ts';
import type { Slope } from './slope.ts';
import type { Tree, TreeTensor } from './tree.ts';

/** A slope beside the gradient times the same direction. */
export interface Measured {
  readonly derived: number;
  readonly measured: number;
  /** How far the two may be apart if both are right. */
  readonly error: number;
  /** measured - derived */
  readonly residual: number;
  /**
   * right: within the error, and a mistake of a tenth would show. wrong: apart by more than twice
   * the error. unclear: the error is too large, or the point is at a kink in this direction.
   */
  readonly is: 'right' | 'wrong' | 'unclear';
  readonly isKink: boolean;
  /** What `error` is compared with: the larger of the slope and what single entries add up to. */
  readonly size: number;
  readonly order: number | null;
  /** The largest step to begin with in a direction like this one. */
  readonly step: number;
}

/** How far apart, in errors, makes a gradient wrong. */
const APART = 2;
/** A slope with a larger error, as a share of what it could be, decides nothing. */
const CLEAR = 0.1;
const STILL = 1e-4;
const ROUNDINGS = 64;
const FIRST_STEP = 2 ** -3;

/** A direction, and the slope there. */
export interface Trial {
  readonly d: Float64Array;
  readonly measured: Measured;
}

/** A point with its gradient. */
export class Place {
  readonly tree: Tree;
  readonly f: Counted;
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
  /** Estimated once more if slopes contradict it. */
  noise: Noise;
  /** The typical size of a tensor's entries, a power of 2: how far its entries are moved. */
  readonly scales: readonly number[];
  /**
   * Noise of the gradient itself along a direction, by its length; set when a mistake is suspected.
   */
  gradientNoise = 0;
  /** Roundings of the gradient that are allowed for. */
  roundings = ROUNDINGS;
  #step = FIRST_STEP;
  #isNoiseSure = false;
  readonly #unit: number;

  private constructor(tree: Tree, f: Counted, x: Float64Array, value: number, gradient: Float64Array, noise: Noise) {
    this.tree = tree;
    this.f = f;
    this.x = x;
    this.value = value;
    this.gradient = gradient;
    this.noise = noise;
    this.scales = scalesOf(tree, x);
    const single = tree.tensors.some(({ from, size }) => isSingle(gradient.subarray(from, from + size)));
    this.#unit = UNIT_ROUNDOFF[single ? 'f32' : 'f64'];
  }

  /** Measures the noise, too. */
  static async at(
    tree: Tree,
    f: Counted,
    x: Float64Array,
    value: number,
    gradient: Float64Array,
    rng: Rng,
  ): Promise<Place> {
    const d = signs(tree, scalesOf(tree, x), tree.tensors, rng);
    const noise = await noiseAlong(lineThrough(f, x, value, d));
    return new Place(tree, f, x, value, gradient, noise);
  }

  /**
   * Random signs over these tensors, as long as their entries are large. No two are as long as each
   * other: entries that are exchanged would cancel.
   */
  signs(tensors: readonly TreeTensor[], rng: Rng): Float64Array {
    return signs(this.tree, this.scales, tensors, rng);
  }

  /** One entry of a tensor, moved upwards. */
  only(tensor: TreeTensor, at: number): Float64Array {
    const d = new Float64Array(this.x.length);
    d[tensor.from + at] = this.scaleOf(tensor);
    return d;
  }

  scaleOf(tensor: TreeTensor): number {
    return this.scales[this.tree.tensors.indexOf(tensor)];
  }

  /** Another point of the same function, whose noise is taken to be as large. */
  elsewhere(x: Float64Array, value: number, gradient: Float64Array): Place {
    const sigma = Math.max(this.noise.sigma, this.noise.unit * Math.abs(value));
    const place = new Place(this.tree, this.f, x, value, gradient, { ...this.noise, sigma });
    place.#step = this.#step;
    place.roundings = this.roundings;
    return place;
  }

  /**
   * The slope along d, beside the gradient's.
   * @param enough an error of the slope that need not be made smaller
   * @param from the largest step of the first tableau
   * @param allowed evaluations after which it ends with what it has
   */
  async measure(d: Float64Array, enough = 0, from = this.#step, allowed = Infinity): Promise<Measured> {
    const line = lineThrough(this.f, this.x, this.value, d);
    const again = async (): Promise<Noise> => {
      this.#isNoiseSure = true;
      const other = await noiseAlong(line, OTHER_FIRST);
      if (other.sigma > this.noise.sigma) this.noise = { ...this.noise, sigma: other.sigma };
      return this.noise;
    };
    const slope = await measureSlope(line, this.noise, from, enough, this.#isNoiseSure ? undefined : again, allowed);
    if (enough === 0 && slope.error < Infinity) this.#step = firstStep(slope.step);
    return this.#judge(slope, d);
  }

  /** The slope in a direction of random signs within these tensors. */
  async trial(tensors: readonly TreeTensor[], rng: Rng, allowed = Infinity): Promise<Trial> {
    const d = this.signs(tensors, rng);
    return { d, measured: await this.measure(d, 0, this.#step, allowed) };
  }

  #judge(slope: Slope, d: Float64Array): Measured {
    const derived = sumOfProducts(d, this.gradient);
    const length = lengthOfProducts(d, this.gradient);
    const error = slope.error + this.roundings * this.#unit * length + this.gradientNoise * length;
    const residual = slope.slope - derived;
    // a gradient of 0: nothing but the value to compare with
    const still = length === 0 ? STILL * Math.abs(this.value) : 0;
    const size = Math.max(slope.size, Math.abs(derived), length, still);
    const isStill = slope.size === 0 && length === 0; // the same value everywhere, and a gradient of 0
    const isClear = error <= CLEAR * size || isStill;
    const apart = Math.abs(residual);
    const isClose = isClear && apart <= APART * error;
    const isKink = slope.isKink && (slope.isSure || !isClose);
    let is: Measured['is'] = 'unclear';
    if (isKink) {
      // any value between the one-sided slopes is right; others may be, where several kinks meet
      if (apart <= Math.abs(slope.jump) / 2 + error) is = 'right';
    } else if (isClose) is = 'right';
    else if (isClear && apart > APART * error) is = 'wrong';
    const order = slope.order(derived);
    const step = firstStep(slope.step);
    return { step, derived, measured: slope.slope, error, residual, is, isKink, size, order };
  }
}

/**
 * Whether numbers look like binary32: none needs more than its 24 bits, and some need more than 12.
 */
function isSingle(gradient: Float64Array): boolean {
  let some = false;
  for (const g of gradient) {
    if (Math.fround(g) !== g && !Number.isNaN(g)) return false;
    const shifted = g * (2 ** 41 + 1); // Veltkamp 1968: its upper 12 bits
    some ||= shifted - (shifted - g) !== g;
  }
  return some;
}

function firstStep(best: number): number {
  return Math.max(2 ** -40, Math.min(FIRST_STEP * 2 ** 12, best * 2 ** 4));
}

/** How far entries of each tensor are moved: the root of their mean square, without zeros. */
function scalesOf({ tensors }: Tree, x: Float64Array): number[] {
  const found = tensors.map(({ from, size }) => {
    let [squares, count] = [0, 0];
    for (let i = from; i < from + size; i++) {
      if (x[i] === 0) continue;
      squares += x[i] * x[i];
      count++;
    }
    const scale = Math.sqrt(squares / count);
    return count > 0 && scale > 0 && Number.isFinite(scale) ? powerOf2(scale) : null;
  });
  const known = found.filter((scale) => scale !== null).sort((a, b) => a - b);
  const other = known.length === 0 ? 1 : known[Math.floor(known.length / 2)];
  return found.map((scale) => scale ?? other);
}

/** From -1 to -½, or from ½ to 1. */
export function randomSign(rng: Rng): number {
  const u = rng.uniform();
  return u < 0.5 ? u - 1 : u;
}

function signs(tree: Tree, scales: readonly number[], moved: readonly TreeTensor[], rng: Rng): Float64Array {
  const d = new Float64Array(tree.values.length);
  const isMoved = new Set(moved);
  tree.tensors.forEach((tensor, t) => {
    if (!isMoved.has(tensor)) return;
    for (let i = tensor.from; i < tensor.from + tensor.size; i++) {
      d[i] = scales[t] * randomSign(rng);
    }
  });
  return d;
}

/** Σ a b, with the rounding errors of the sum kept (Neumaier 1974). */
export function sumOfProducts(a: Float64Array, b: Float64Array): number {
  let [sum, lost] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    if (a[i] === 0) continue;
    const term = a[i] * b[i];
    const next = sum + term;
    lost += Math.abs(sum) >= Math.abs(term) ? sum - next + term : term - next + sum;
    sum = next;
  }
  return sum + lost;
}

/** √Σ (a b)² */
export function lengthOfProducts(a: Float64Array, b: Float64Array): number {
  let [squares, largest] = [0, 0];
  for (let i = 0; i < a.length; i++) if (a[i] !== 0) largest = Math.max(largest, Math.abs(a[i] * b[i]));
  if (largest === 0) return 0;
  for (let i = 0; i < a.length; i++) {
    if (a[i] === 0) continue;
    const x = (a[i] * b[i]) / largest;
    squares += x * x;
  }
  return largest * Math.sqrt(squares);
}

/** A generator for one purpose of a seed. */
export function rngFor(seed: number, purpose: string): Rng {
  return createRng(seed, `check ${purpose}`);
}
