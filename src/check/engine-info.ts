// What reports say about an engine.
import { asCandidate } from '../candidates/engine.ts';
import type { FilledIn } from '../candidates/engine.ts';
import type { Engine } from '../engines/engine.ts';
import type { Dtype } from '../numeric/dtype.ts';

/** The engine that computed one side of the comparison. */
export interface EngineInfo {
  readonly engine: string;
  readonly label: string;
  readonly backend: string | null;
  readonly dtype: Dtype;
  readonly versions: Readonly<Record<string, string>>;
  /** What it computes on, if that is not this processor. */
  readonly device?: Readonly<Record<string, string>>;
  /**
   * For a candidate: the conventions it declares, and the missing functions that the harness
   * fills in.
   */
  readonly conventions?: Readonly<Record<string, string>>;
  readonly filledIn?: readonly FilledIn[];
  /** Set if the candidate returns no gradients: they are recovered from its updates. */
  readonly gradientsFrom?: 'updates';
  /** Set if the candidate declares no precision and its answers show that it is single. */
  readonly dtypeFrom?: 'answers';
}

/** Extracts what reports say about an engine. */
export function engineInfo(engine: Engine): EngineInfo {
  const { id, label, backend, dtype, versions, device, conventions, filledIn, recovery, dtypeFrom } =
    asCandidate(engine);
  return {
    engine: id,
    label,
    backend,
    dtype,
    versions,
    ...(device !== undefined && { device }),
    ...(conventions !== undefined && { conventions }),
    ...(filledIn !== undefined && { filledIn }),
    ...((recovery ?? null) !== null && { gradientsFrom: 'updates' }),
    ...(dtypeFrom !== undefined && { dtypeFrom }),
  };
}
