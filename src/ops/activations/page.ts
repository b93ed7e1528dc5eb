// What the page of an elementwise activation holds: a = f(z), dz = da · f'(z), and all else that is known of f.
import type { FloatArray } from '../../numeric/dtype.ts';
import type { ScalarFunction } from '../../numeric/scalar.ts';
import type { PieceFault } from '../piece-fault.ts';
import type { Twin } from '../twin.ts';

/** An elementwise activation and its derivative. Arrays of one call have one length. */
export interface Activation {
  /** a = f(z), entry by entry. */
  forward(a: FloatArray, z: FloatArray): void;
  /** dz from da, entry by entry; `a` is what forward made of `z`. */
  backward(dz: FloatArray, da: FloatArray, z: FloatArray, a: FloatArray): void;
  /** Where f' jumps, or null; f' at the jump itself is stated beside the code. */
  readonly kink: number | null;
  /** Where its second derivative alone jumps. */
  readonly bend?: number;
}

/** One score with all that is known about it. e + the name of a value is the bound on that value's error. */
export interface Score {
  readonly z: number;
  readonly ez: number;
  readonly a: number;
  readonly ea: number;
}

/** How far binary32 can move a = f(z) and f'(z), given how far z may already be off. All arithmetic here is binary64; u = 2⁻²⁴. */
export interface ActivationBound {
  /** Bound on the error of a. */
  forward(z: number, ez: number, a: number): number;
  /** f'(z), and the bound on its error. Where the branch is undecided any value between the one-sided derivatives is right: `shift` leads from f'(z) to the middle
   * of them, and the error is counted from there. */
  slope(s: Score): readonly [slope: number, error: number, shift?: number];
  /**
   * Share of what forward(z, 0, a) allows that is of one sign all along, not different from score to score: the largest mean error over intervals of 1/1000 to 1/2,
   * of the node, wasm and cpu backends (300,000 points on [-20, 20], [-1, 1] and [-0.05, 0.05] each). Errors of one sign add up.
   */
  readonly bias: number;
  /** Engines form da·z on the way back, which may be out of range where dz is not. */
  readonly multiplies?: boolean;
  /** True where f' jumps, and z is at the kink or its side of it, and with it the branch taken, is not decided in binary32. */
  undecided(z: number, ez: number): boolean;
}

/** Lowest and highest number that an output may be asked for: random targets are drawn from there. */
export type Range = readonly [lowest: number, highest: number];

/** All that is known of one elementwise activation. */
export interface ActivationPage<Id extends string = string, FaultName extends string = string> extends Activation {
  readonly kind: 'elementwise';
  readonly id: Id;
  /** As reports print them: a in terms of z, and f' in terms of z or a. */
  readonly formula: { readonly forward: string; readonly derivative: string };
  /** In which variable f' is written as a rule; 'either' where it comes to the same in z and in a. */
  readonly writtenIn: 'z' | 'a' | 'either';
  /** a = z */
  readonly isIdentity?: true;
  /** Targets that fit it as an output; default: [0, Infinity]. */
  readonly targets?: Range;
  /** Missing: worked out from `graph`, which is wider, and slow for wide layers. */
  readonly bound?: ActivationBound;
  /** a over any arithmetic of scalars. */
  readonly graph: ScalarFunction;
  /**
   * The same in TensorFlow.js.
   * @internal TensorFlow.js need not be installed, its types neither
   */
  readonly tfjs: Twin;
  /** Its matrix of `z` in plain TypeScript, for the template of one's own network; what stands between ‹ and › is for TypeScript alone. */
  readonly plain?: string;
  /** Mistakes that can be made in this activation alone, by name. */
  readonly faults?: Readonly<Record<FaultName, PieceFault>>;
}

/** Gives a page with its name, and those of its faults, as types. */
export function activation<const Id extends string, const FaultName extends string = never>(
  page: Omit<ActivationPage<Id, FaultName>, 'kind'>,
): ActivationPage<Id, FaultName> {
  return { kind: 'elementwise', ...page };
}
