// What the thread beside a gradient check gets and sends. Everything is plain data.
import type { BoundedGradients } from '../../bounds/gradients.ts';
import type { Question } from '../../check/questions/protocol.ts';
import type { OracleCheck, OracleProblem } from '../../check/slopes/oracle-check.ts';
import type { PlainError } from '../../engines/threads/protocol.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';

/** What the thread starts with. */
export interface Work extends Pick<OracleProblem, 'network' | 'parameters' | 'batch'> {
  /** Engines have one; the check of the exact gradients does not use it. */
  readonly optimizer: OptimizerSpec;
}

/** A question whose exact answer is data alone. */
export interface PlainQuestion extends Omit<Question, 'exact'> {
  readonly exact: Omit<BoundedGradients, 'align'>;
}

/** Both parts, in the order in which they are worked out. */
export interface Parts {
  readonly questions: readonly PlainQuestion[];
  readonly oracleCheck: OracleCheck | null;
}

/** Progress of the second part; a part; or what working it out has thrown. */
export type FromBeside =
  | { readonly done: number; readonly total: number }
  | { [P in keyof Parts]: { readonly part: P; readonly value: Parts[P] } }[keyof Parts]
  | { readonly part: keyof Parts; readonly error: PlainError };
