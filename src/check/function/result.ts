// What a check of a function or a layer found, as data. `report` turns it into sentences.
import type { GradientLook } from './looks-like.ts';

/** Most entries of one tensor that are named. */
export const MOST_NAMED = 20;

/** agree: right as far as can be seen; inconclusive: something could not be decided. */
export type FunctionVerdict = 'agree' | 'disagree' | 'inconclusive';

/** One entry of a gradient that is wrong: what was given, and the slope that was measured. */
export interface WrongEntry {
  readonly index: readonly number[];
  /** "encoder.weights[3][1]" */
  readonly name: string;
  readonly given: number;
  readonly measured: number;
  /**
   * How far `measured` may be from the true slope. 0 where `given` is not a number: nothing was
   * measured.
   */
  readonly error: number;
}

/** What was found about one tensor of the gradient. */
export interface TensorCheck {
  readonly path: string;
  readonly shape: readonly number[] | null;
  readonly entries: number;
  readonly verdict: 'agree' | 'disagree' | 'undecided';
  /**
   * The smallest mistake of a single entry that would have been seen, as a share of the typical
   * entry of this gradient; null where the gradient is 0 everywhere or nothing could be measured.
   */
  readonly seenFrom: number | null;
  /** Wrong entries that were found, at most MOST_NAMED. */
  readonly wrong: readonly WrongEntry[];
  /**
   * all: these are the wrong entries, as far as could be seen. some: there are more. most: entries
   * were sampled, and most are wrong. none: the wrong entries could not be told apart.
   */
  readonly named: 'all' | 'some' | 'most' | 'none';
  /** How many entries were asked for one by one. */
  readonly asked: number;
  readonly look: GradientLook | null;
}

/** One direction in which the function was measured. */
export interface DirectionCheck {
  /** Which tensors were moved; null: all of them. */
  readonly tensor: string | null;
  /** The gradient times the direction. */
  readonly derived: number;
  readonly measured: number;
  readonly error: number;
  /**
   * Order of the Taylor remainder with the gradient given: 2 right, 1 wrong; null if lost in noise.
   */
  readonly order: number | null;
}

/** Things that are not about numbers: null where they were not asked. */
export interface Behaviour {
  /** f changed the parameters that it was given. */
  readonly changesParameters: boolean;
  /** The gradient's second answer at the same point differs from its first. */
  readonly gradientChanges: 'accumulates' | 'differs' | null;
}

/** One tensor of both gradients. */
export interface TwinTensor {
  readonly path: string;
  /** The length of the difference, as a share of the longer gradient. */
  readonly apart: number;
  /** With which the measured slopes agree; undecided where they cannot tell. */
  readonly right: 'both' | 'gradient' | 'twin' | 'neither' | 'undecided';
}

/** How a twin compares with its function. */
export interface TwinCheck {
  /** Whether the two have the same value at the point, rounded to binary32. */
  readonly isSame: boolean;
  /** The value of the twin there, and that of the function. */
  readonly value: number;
  readonly expected: number;
  /** How far rounding may move them apart. */
  readonly error: number;
  /** Empty if it is not the same function. */
  readonly tensors: readonly TwinTensor[];
}

/** Why nothing can be said. */
export type Reason = 'chance' | 'noise' | 'kink' | null;

/** The answer of {@link checkGradient}. */
export interface FunctionCheck {
  readonly verdict: FunctionVerdict;
  readonly reason: Reason;
  /** The value at the point. */
  readonly value: number;
  /** Standard deviation of the error of one value, measured; and whether values are binary32. */
  readonly noise: number;
  readonly precision: 'f32' | 'f64';
  /** How often the function and the gradient were asked. */
  readonly evaluations: { readonly value: number; readonly gradient: number };
  /** Where it was measured: at the point that was given, or nearby because of a kink there. */
  readonly place: 'given' | 'nearby';
  readonly tensors: readonly TensorCheck[];
  readonly directions: readonly DirectionCheck[];
  readonly behaviour: Behaviour;
  /** Only where a twin was given, and the function answers the same twice. */
  readonly twin?: TwinCheck;
  readonly seed: number;
}
