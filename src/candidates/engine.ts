// A candidate as an engine: what it offers beyond the interface of all engines. external.ts
// implements it.
import type { Engine, EngineFactory } from '../engines/engine.ts';
import type { NetworkSpec } from '../network/spec.ts';

/** What is wrong with the form of an answer. */
export type AnswerFlaw =
  | { readonly kind: 'missing'; readonly parameter: string; readonly shape: readonly number[] }
  /** `found` is null if it is not an array, or its rows differ in length. */
  | {
      readonly kind: 'shape';
      readonly parameter: string;
      readonly expected: readonly number[];
      readonly found: readonly number[] | null;
    }
  /** The same batch gave different numbers when asked twice in a row. */
  | {
      readonly kind: 'unsteady';
      readonly parameter: string;
      readonly index: readonly number[];
      readonly first: number;
      readonly second: number;
    }
  /** It changed its arguments. */
  | {
      readonly kind: 'changed';
      readonly parameter: string;
      readonly index: readonly number[];
      readonly before: number;
      readonly after: number | null;
    };

/** What a candidate may leave out; backproof then does it. */
export const FILLED_IN = ['applyGradients', 'predict', 'loss', 'averages'] as const;
/** One of FILLED_IN. */
export type FilledIn = (typeof FILLED_IN)[number];

/** An engine that asks a candidate. */
export interface CandidateEngine extends Engine {
  /**
   * Flaws in the form of its last loss and gradients, and of its answers since then. Missing
   * numbers are NaN.
   */
  flaws(): readonly AnswerFlaw[];
  /** What backproof does for it; those outputs or updates prove nothing about the candidate. */
  readonly filledIn: readonly FilledIn[];
  /** The conventions it declares that differ from the defaults. */
  readonly conventions: Readonly<Record<string, string>>;
  /**
   * Whether it trains, and makes no updates of given gradients: its steps are compared instead.
   */
  readonly ownSteps: boolean;
  /** How its gradients are recovered from its training steps; null if it returns gradients. */
  readonly recovery: Recovery | null;
  /** 'answers' if it declares no precision and all its numbers are single precision. */
  readonly dtypeFrom: 'answers' | undefined;
}

/** Gradients from updates: (before - after) / rate, of plain SGD at a rate that can be chosen. */
export interface Recovery {
  /** Takes the next steps at this rate, a power of two; null: at the one that costs least. */
  at(rate: number | null): void;
}

/** The engine with a candidate's members; on other engines they are undefined. */
export function asCandidate(engine: Engine): Engine & Partial<CandidateEngine> {
  return engine;
}

/** Flaws in the form of its last answers. */
export function flawsOf(engine: Engine): readonly AnswerFlaw[] {
  return asCandidate(engine).flaws?.() ?? [];
}

/** The same candidate, asked by conventions that it may not declare. */
export interface ConventionVariant {
  /** What it would have to declare: { weights: 'units-inputs' }. */
  readonly conventions: Readonly<Record<string, string>>;
  /** How many differ from what it declares. */
  readonly changes: number;
  /** Its requests are those of the declared conventions: only the answers mean something else. */
  readonly asksAlike: boolean;
  /** Has no biases if the conventions say so. */
  readonly network: NetworkSpec;
  readonly open: EngineFactory;
  /** Asks about another network, in a process of its own. */
  openFor(network: NetworkSpec): Promise<Engine>;
}
