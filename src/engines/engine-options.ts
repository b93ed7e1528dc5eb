// What an engine is opened with, besides its name.
import type { TfjsVariant } from '../network/case.ts';
import type { Dtype } from '../numeric/dtype.ts';
import type { FaultInjection } from './engine.ts';
import type { BackendChoice } from './tfjs/backends.ts';

/** Options of an engine besides its name. Each applies to the engines it names. */
export interface EngineOptions {
  /** Default: f32. autograd computes in f64 only, wasm and tfjs in f32 only. */
  readonly dtype?: Dtype;
  /** tfjs only. Default: auto. */
  readonly backend?: BackendChoice;
  /** wasm, and the node backend of tfjs. */
  readonly threads?: number;
  /** tfjs only: a variant that is known to be wrong, as a test of the checker. */
  readonly variant?: TfjsVariant | null;
  /** vector only. */
  readonly injection?: FaultInjection;
}
