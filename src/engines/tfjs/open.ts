// TensorFlow.js on one of its backends, once it is open. Types alone: backend.ts opens it in Node,
// in-browser.ts in a page.
import type * as TensorFlow from '@tensorflow/tfjs';
import type { BackendId, Bits } from './backends.ts';

export type Tf = typeof TensorFlow;

export interface OpenBackend {
  readonly tf: Tf;
  readonly id: BackendId;
  /** Its name inside TensorFlow.js. */
  readonly tfjsName: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Of a backend that computes in shaders. */
  readonly bits?: Bits;
}
