// TensorFlow.js on one of its backends, once it is open. Types alone: backend.ts opens it in Node,
// in-browser.ts in a browser.
import type * as TensorFlow from '@tensorflow/tfjs';

export type Tf = typeof TensorFlow;

/** One backend, by our name for it. */
export interface OpenBackend<Id extends string = string> {
  readonly tf: Tf;
  readonly id: Id;
  /** Its name inside TensorFlow.js. */
  readonly tfjsName: string;
  readonly versions: Readonly<Record<string, string>>;
}
