// What the page and the worker that runs somebody's code say to each other.
import type { GradcheckReport } from '../../report/report.ts';
import type { AnyCheck } from '../../report/words/function-check.ts';
import type { Chosen } from '../work/problem.ts';

/** A place in the text that was written, both from 1. */
export interface At {
  readonly line: number;
  readonly column: number;
}

/** What is to be checked. */
export interface Job {
  readonly id: number;
  /** How it is called in sentences: "my-mlp.ts". */
  readonly name: string;
  readonly code: string;
  /** For a network: the one that it is asked about. */
  readonly chosen: Chosen;
  /** For a network: a case file, in place of what was chosen; "" if there is none. */
  readonly caseText: string;
}

/** What was found. */
export type Outcome =
  | { readonly kind: 'network'; readonly report: GradcheckReport }
  | { readonly kind: 'function'; readonly check: AnyCheck; readonly name: string }
  /** It could not be checked: a sentence, what to do, and the place where that is known. */
  | { readonly kind: 'failed'; readonly said: string; readonly hint: string | null; readonly at: At | null };

/** A small change with which everything agrees. */
export interface Repair {
  /** From 1. */
  readonly line: number;
  readonly was: string;
  readonly be: string;
  /** The line with the change. */
  readonly whole: string;
}

/** To the worker, through its own channel. */
export type ToWorker = Job | { readonly warmUp: Chosen };

/** From the worker. */
export type FromWorker =
  | { readonly id: number; readonly outcome: Outcome }
  /** After a network that disagrees: what was found by trying; null: nothing. */
  | { readonly id: number; readonly repair: Repair | null };
