// What the page and the worker of "Break it" say to each other.
import type { GradcheckReport } from '../../report/report.ts';
import type { Listed } from './known.ts';

/** "sign@2": a mistake to put in. */
export interface Wish {
  readonly id: number;
  readonly fault: string;
}

/** Losses of a right network and of one with the mistake: the same start, the same batches. */
export interface Trained {
  readonly right: readonly number[];
  readonly broken: readonly number[];
  /** Shares of the test examples that each labels right. */
  readonly accuracy: { readonly right: number; readonly broken: number };
}

export type FromBreaker =
  | { readonly kind: 'listed'; readonly some: readonly Listed[]; readonly isLast: boolean }
  | { readonly kind: 'trained'; readonly id: number; readonly trained: Trained }
  | { readonly kind: 'checked'; readonly id: number; readonly report: GradcheckReport }
  | { readonly kind: 'failed'; readonly id: number; readonly said: string };
