// The parts of a gradient check that need none of its engines. For a large network they take as
// long as the rest, so they can be worked out at the same time.
import type { Batch } from '../network/batch.ts';
import type { Parameters } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Question } from './questions/protocol.ts';
import type { OracleCheck } from './slopes/oracle-check.ts';
import type { Watch } from './watch.ts';

/** What a gradient check is about. */
export interface Problem {
  readonly network: NetworkSpec;
  readonly parameters: Parameters;
  readonly batch: Batch;
}

/** Works on the parts of one problem from its start on. */
export interface Beside {
  /** generalQuestions. @throws what that throws */
  questions(): Promise<Question[]>;
  /** checkOracle. @throws what that throws */
  oracleCheck(watch: Watch): Promise<OracleCheck | null>;
}
