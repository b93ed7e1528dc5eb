// What an answer is made of, as types: see answer.ts.
import type { NamedFault } from '../../check/diagnosis/diagnose.ts';
import type { VerdictKind } from '../../check/verdict.ts';
import type { Look } from './tensors.ts';

/** What a reader wants to know first. */
export interface Answer {
  readonly kind: VerdictKind;
  /** One sentence without a full stop, to stand behind "AGREE: ". */
  readonly headline: string;
  /** Sentences below it, the fix first. */
  readonly lines: readonly string[];
  /** Where a number of one side is wrong: the same as data; else null. */
  readonly trouble: Trouble | null;
}

/** What is wrong, where, and what to do about it. */
export interface Trouble {
  /** "vector f32 (candidate)" */
  readonly who: string;
  /** The first wrong number in the order of computation, such as dW2[3,1]; for updates the parameter. */
  readonly place: { readonly name: string; readonly index: readonly number[] };
  /** " at random weights and biases"; empty for the given batch. */
  readonly where: string;
  /** `other` is the opposite side's number: null where there is none, or where it does not show it. */
  readonly values: { readonly found: number; readonly other: number | null; readonly exact: number };
  /** Known mistakes that explain it; several where they give the same numbers on this network. */
  readonly faults: readonly NamedFault[];
  /** Where to look, with the right formula there; null where the place says it all, as for updates. */
  readonly look: Look | null;
  /** The loss and the gradients by name. */
  readonly right: readonly string[];
  readonly wrong: readonly string[];
  readonly missing: readonly string[];
}
