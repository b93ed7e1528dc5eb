// The types of an answer, which answer.ts makes.
import type { NamedFault } from '../../check/diagnosis/diagnose.ts';
import type { VerdictKind } from '../../check/verdict.ts';
import type { Look } from './tensors.ts';

/** What a reader wants to know first. */
export interface Answer {
  readonly kind: VerdictKind;
  /** One sentence without a full stop, to follow "AGREE: ". */
  readonly headline: string;
  /** Sentences below it, the fix first. */
  readonly lines: readonly string[];
  /** The same as data, if a number of one side is wrong; else null. */
  readonly trouble: Trouble | null;
}

/** What is wrong, where, and what to do about it. */
export interface Trouble {
  /** "vector f32 (candidate)" */
  readonly who: string;
  /**
   * The first wrong number in the order of computation, such as dW2[3,1]; for updates the
   * parameter.
   */
  readonly place: { readonly name: string; readonly index: readonly number[] };
  /** " at random weights and biases"; empty for the given batch. */
  readonly where: string;
  /**
   * `other` is the other side's number: null if there is no other side, or if it does not show
   * this value.
   */
  readonly values: { readonly found: number; readonly other: number | null; readonly exact: number };
  /** Known mistakes that explain it; several if they give the same numbers on this network. */
  readonly faults: readonly NamedFault[];
  /** Two known mistakes that explain it together, where no single one does; pairs like `faults`. */
  readonly pairs: readonly (readonly [NamedFault, NamedFault])[];
  /** Where to look, with the right formula; null if the place says enough, as for updates. */
  readonly look: Look | null;
  /** The loss and the gradients by name. */
  readonly right: readonly string[];
  readonly wrong: readonly string[];
  readonly missing: readonly string[];
}
