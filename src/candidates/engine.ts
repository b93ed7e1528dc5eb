// Somebody else's program as an engine: what is known of it beyond the interface of all engines.
import type { Engine } from '../engines/engine.ts';

/** What is wrong with the form of an answer. */
export type AnswerFlaw =
  | { readonly kind: 'missing'; readonly parameter: string; readonly shape: readonly number[] }
  /** `found` is null where it is no array, or one whose rows differ in length. */
  | {
      readonly kind: 'shape';
      readonly parameter: string;
      readonly expected: readonly number[];
      readonly found: readonly number[] | null;
    }
  /** The same batch twice in a row gave different numbers. */
  | {
      readonly kind: 'unsteady';
      readonly parameter: string;
      readonly index: readonly number[];
      readonly first: number;
      readonly second: number;
    }
  /** It changed what it was given. */
  | {
      readonly kind: 'changed';
      readonly parameter: string;
      readonly index: readonly number[];
      readonly before: number;
      readonly after: number | null;
    };

/** What somebody else's program may leave out, and have done for it. */
export type FilledIn = 'applyGradients' | 'predict';

/** An engine that is somebody else's program. */
export interface CandidateEngine extends Engine {
  /** What was wrong with the form of its last loss and gradients, and of what it was asked since; NaN stands in the place of what is missing. */
  flaws(): readonly AnswerFlaw[];
  /** What it does not have, and is done for it: its outputs or updates prove nothing about it. */
  readonly filledIn: readonly FilledIn[];
  /** What it declares to do otherwise: layouts, sums for means. */
  readonly conventions: Readonly<Record<string, string>>;
  /** It declares no precision, and its answers tell that it is single. */
  readonly dtypeFrom: 'answers' | undefined;
}

/** What is known of an engine if it is somebody else's program; nothing of any other. */
export function asCandidate(engine: Engine): Engine & Partial<CandidateEngine> {
  return engine;
}

/** What is wrong with the form of the answers it gave last. */
export function flawsOf(engine: Engine): readonly AnswerFlaw[] {
  return asCandidate(engine).flaws?.() ?? [];
}
