// Verdicts and findings, as data. `report` turns them into sentences.
import type { AnswerFlaw } from '../candidates/engine.ts';
import type { Pair, Side } from './pair.ts';

/** The questions that an engine is asked, by name, in this order; `protocol.ts` defines them. */
export const QUESTIONS = ['given', 'repeated', 'other', 'again', 'real', 'random', 'one'] as const;
/** One of QUESTIONS. */
export type QuestionName = (typeof QUESTIONS)[number];

/** A number that a precision cannot hold: z1, dW2, loss ... and its exact size. */
export interface OutOfRange {
  readonly name: string;
  readonly size: number;
}

/** Who left the exact answer by more than the bound. */
export type Culprit = Side | 'both';

/** One entry of both engines. */
export interface Entry extends Pair<number> {
  /** [row, column], [unit], or [] for a single number. */
  readonly index: readonly number[];
  /** The exact value (binary64), and how far binary32 rounding can be from it. */
  readonly oracle: number;
  readonly bound: number;
  /**
   * max(|candidate - exact|, |reference - exact|) / bound; at most 1 is agreement. Infinity
   * for NaN.
   */
  readonly usedOfBound: number;
}

/**
 * The worst entry of one tensor (or of the loss, or the outputs), with all that is needed to
 * judge it.
 */
export interface TensorMeasure extends Entry {
  /** W1, b1, ... or loss, outputs. */
  readonly parameter: string;
  readonly shape: readonly number[];
  /** How many entries were compared: all of them. */
  readonly entries: number;
  /** Candidate and reference have the same bits. */
  readonly identical: boolean;
  /** ‖candidate - reference‖₂ / max(‖candidate‖₂, ‖reference‖₂) */
  readonly relativeDifference: number;
  /**
   * Set if usedOfBound exceeds 1, except for a side whose numbers had to leave the range of its
   * precision.
   */
  readonly left: Culprit | null;
  /** The intermediate number that was too large or too small for a side, which is not blamed. */
  readonly outOfRange?: OutOfRange;
  /**
   * The step of the run, from 0, for checks that look at several steps; for updates outside a run,
   * the same as `update`.
   */
  readonly step: number | null;
  /**
   * For updated weights: use of the rest of the bound, without the rounding of the stored weights.
   */
  readonly besideStoring?: BesideStoring;
  /**
   * The number of the update since the parameters were loaded, from 1, as the optimizer counts it.
   */
  readonly update?: number;
}

/** The worst entry of an updated tensor without the rounding of its stored weights. */
export interface BesideStoring {
  readonly used: number;
  readonly index: readonly number[];
}

/**
 * One thing that is wrong: a number beyond its bound or not finite, a run that diverges from the
 * exact one, or a wrong derivation.
 */
export type Finding =
  | OracleFinding
  /** An answer of the wrong form, whatever its numbers are. */
  | {
      readonly kind: 'answer';
      readonly check: CheckName;
      readonly engine: Side;
      readonly flaw: AnswerFlaw;
    }
  | {
      readonly kind: 'beyond-bound';
      readonly check: CheckName;
      readonly what: Compared;
      readonly measure: TensorMeasure;
      /** What was asked, if it was not the given batch. */
      readonly question?: QuestionName;
    }
  | {
      readonly kind: 'non-finite';
      readonly check: CheckName;
      readonly engine: Culprit;
      readonly step: number;
      readonly loss: number;
    }
  | {
      readonly kind: 'trajectory';
      readonly engine: Culprit;
      readonly step: number;
      readonly gap: number;
      readonly allowed: number;
    };

/**
 * The worst entry of one tensor: derived and measured slope, and the error of the measurement.
 * `entries` is how many were measured.
 */
export interface SlopeMeasure {
  readonly parameter: string;
  readonly entries: number;
  readonly index: readonly number[];
  readonly derived: number;
  readonly measured: number;
  readonly error: number;
  /** |derived - measured| / max(|derived|, |measured|) */
  readonly relativeDifference: number;
  /**
   * The slope at this entry by step size, from the largest: at first curvature makes it wrong, in
   * the end rounding does.
   */
  readonly sweep: readonly { readonly step: number; readonly slope: number }[];
}

/** The hand-written derivation itself is wrong: its gradient is not the slope of its own loss. */
export type OracleFinding =
  | ({ readonly kind: 'oracle' } & SlopeMeasure)
  | { readonly kind: 'taylor'; readonly order: number }
  /** `candidate` is the scalar graph's value, `reference` the hand-written one. */
  | { readonly kind: 'graph'; readonly measure: TensorMeasure };

/** The check that found it. */
export type CheckName = 'gradient-check' | 'update-check' | 'lockstep' | 'free-run' | 'expected';
/** again: the gradient of a batch that comes a second time, after another batch */
export type Compared = 'loss' | 'outputs' | 'gradient' | 'again' | 'update' | 'train-step';

/**
 * identical: the same bits. agree: every number is within its bound, and uses at most `usedOfBound`
 * of it. disagree: at least one finding. inconclusive: not checked.
 */
export type Verdict =
  | { readonly kind: 'identical' }
  | { readonly kind: 'agree'; readonly usedOfBound: number }
  | { readonly kind: 'disagree'; readonly findings: readonly Finding[] }
  | { readonly kind: 'inconclusive'; readonly reason: 'interrupted' | 'not-run' }
  /**
   * The numbers themselves are too large or too small for a side's precision: nobody is wrong.
   * `step` is a training step.
   */
  | ({ readonly kind: 'inconclusive'; readonly reason: 'out-of-range'; readonly step: number | null } & OutOfRange);

/** The four verdicts. */
export type VerdictKind = Verdict['kind'];

/**
 * disagree if there are findings, in their order; inconclusive if a measure is out of range;
 * identical if every measure is; else agree.
 */
export function verdictOf(measures: readonly TensorMeasure[], findings: readonly Finding[]): Verdict {
  if (findings.length > 0) return { kind: 'disagree', findings };
  const open = measures.find((m) => m.outOfRange !== undefined);
  if (open?.outOfRange !== undefined)
    return { kind: 'inconclusive', reason: 'out-of-range', step: open.step, ...open.outOfRange };
  if (measures.every((m) => m.identical)) return { kind: 'identical' };
  return { kind: 'agree', usedOfBound: Math.max(...measures.map((m) => m.usedOfBound)) };
}

/**
 * The worst of several verdicts: disagree, then inconclusive, then agree; identical only if all
 * are. The findings start with a wrong oracle, then answers of the wrong form, then an overflow of
 * both sides: these cause many others. An overflow of one side alone comes later, because an
 * earlier finding may be its cause.
 */
export function overall(parts: readonly Verdict[]): Verdict {
  const all = parts.flatMap((v) => (v.kind === 'disagree' ? v.findings : []));
  const rank = (f: Finding): number => {
    if (f.kind === 'oracle' || f.kind === 'taylor' || f.kind === 'graph') return 0;
    if (f.kind === 'answer') return 1;
    return f.kind === 'non-finite' && f.engine === 'both' ? 2 : 3;
  };
  const findings = all.toSorted((a, b) => rank(a) - rank(b));
  if (findings.length > 0) return { kind: 'disagree', findings };
  const unfinished = parts.filter((v) => v.kind === 'inconclusive');
  const open = unfinished.find((v) => v.reason === 'out-of-range') ?? unfinished.at(0);
  if (open !== undefined) return open;
  if (parts.every((v) => v.kind === 'identical')) return { kind: 'identical' };
  return { kind: 'agree', usedOfBound: Math.max(...parts.map((v) => (v.kind === 'agree' ? v.usedOfBound : 0))) };
}
