// What the page of an elementwise activation holds: a = f(z), dz = da · f'(z), and everything else
// known about f.
import type { FloatArray } from '../../numeric/dtype.ts';
import type { ScalarFunction } from '../../numeric/scalar.ts';
import type { Family } from '../family.ts';
import type { PieceFault } from '../piece-fault.ts';
import type { Twin } from '../twin.ts';

/** An elementwise activation and its derivative. All arrays of one call have the same length. */
export interface Activation {
  /** a = f(z), entry by entry. */
  forward(a: FloatArray, z: FloatArray): void;
  /** dz from da, entry by entry; `a` is what forward computed from `z`. */
  backward(dz: FloatArray, da: FloatArray, z: FloatArray, a: FloatArray): void;
  /** Where f' jumps, or null. The value of f' at the jump is stated next to the code. */
  readonly kink: number | null;
  /** Where only its second derivative jumps. */
  readonly bend?: number;
}

/** One score with everything known about it. The prefix e marks the bound on a value's error. */
export interface Score {
  readonly z: number;
  readonly ez: number;
  readonly a: number;
  readonly ea: number;
}

/**
 * How far binary32 can move a = f(z) and f'(z), given the error that z already has. All arithmetic
 * here is binary64; u: one rounding, as arithmetic.ts has it.
 */
export interface ActivationBound {
  /** Bound on the error of a. */
  forward(z: number, ez: number, a: number): number;
  /**
   * f'(z), and the bound on its error. If the branch is undecided, any value between the one-sided
   * derivatives is right: `shift` leads from f'(z) to the middle of them, and the error is counted
   * from there.
   */
  slope(s: Score): readonly [slope: number, error: number, shift?: number];
  /**
   * The share of forward(z, 0, a) that keeps one sign from score to score, instead of varying. It
   * is the largest mean error over intervals of 1/1000 to 1/2, over the node, wasm and cpu backends
   * (300,000 points on [-20, 20], [-1, 1] and [-0.05, 0.05] each). Errors of one sign add up.
   */
  readonly bias: number;
  /** Engines form da·z in the backward pass. It may be out of range where dz is not. */
  readonly multiplies?: boolean;
  /**
   * True if f' jumps at the kink and binary32 does not decide which side of it z is on, or if z is
   * exactly at it.
   */
  undecided(z: number, ez: number): boolean;
}

/**
 * The lowest and highest value that a target of this output may have. Random targets are drawn from
 * this range.
 */
export type Range = readonly [lowest: number, highest: number];

/** Everything known about one elementwise activation. */
export interface ActivationPage<Id extends string = string, FaultName extends string = string> extends Activation {
  readonly kind: 'elementwise';
  readonly id: Id;
  /** As reports print them: a in terms of z, and f' in terms of z or a. */
  readonly formula: { readonly forward: string; readonly derivative: string };
  /** The variable that f' is usually written in; 'either' if z and a give the same. */
  readonly writtenIn: 'z' | 'a' | 'either';
  /** a = z */
  readonly isIdentity?: true;
  /** Targets that fit it as an output; default: [0, Infinity]. */
  readonly targets?: Range;
  /** Missing: derived from `graph`, which is wider, and slow for wide layers. */
  readonly bound?: ActivationBound;
  /** a over any arithmetic of scalars. */
  readonly graph: ScalarFunction;
  /**
   * The same function in TensorFlow.js.
   * @internal neither TensorFlow.js nor its types need to be installed
   */
  readonly tfjs: Twin;
  /**
   * Computes its matrix from `z` in plain TypeScript, for the template of a user's own network.
   * Text between ‹ and › is for TypeScript only.
   */
  readonly plain?: string;
  /** Activations that differ from it in the number after a colon: `leaky-relu:0.01`. */
  readonly family?: Family<ActivationPage>;
  /** Mistakes that can be made in this activation alone, by name. */
  readonly faults?: Readonly<Record<FaultName, PieceFault>>;
}

/** Returns the page, with its name and those of its faults in its type. */
export function activation<const Id extends string, const FaultName extends string = never>(
  page: Omit<ActivationPage<Id, FaultName>, 'kind'>,
): ActivationPage<Id, FaultName> {
  return { kind: 'elementwise', ...page };
}
