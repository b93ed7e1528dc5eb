// What reports say of an engine.
import { asCandidate } from '../candidates/engine.ts';
import type { FilledIn } from '../candidates/engine.ts';
import type { Engine } from '../engines/engine.ts';
import type { Dtype } from '../numeric/dtype.ts';

/** What computed a side of the comparison. */
export interface EngineInfo {
  readonly engine: string;
  readonly label: string;
  readonly backend: string | null;
  readonly dtype: Dtype;
  readonly versions: Readonly<Record<string, string>>;
  /** Of somebody else's program: what it declares to do otherwise, and what it does not have and was done for it. */
  readonly conventions?: Readonly<Record<string, string>>;
  readonly filledIn?: readonly FilledIn[];
  /** It declares no precision, and its answers tell that it is single. */
  readonly dtypeFrom?: 'answers';
}

/** What reports say of an engine. */
export function engineInfo(engine: Engine): EngineInfo {
  const { id, label, backend, dtype, versions, conventions, filledIn, dtypeFrom } = asCandidate(engine);
  return {
    ...{ engine: id, label, backend, dtype, versions },
    ...(conventions !== undefined && { conventions }),
    ...(filledIn !== undefined && { filledIn }),
    ...(dtypeFrom !== undefined && { dtypeFrom }),
  };
}
