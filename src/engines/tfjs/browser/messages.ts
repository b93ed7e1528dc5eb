// What a page with TensorFlow.js and its owner agree on.
import type { EngineOrder } from '../../threads/protocol.ts';
import type { PlainError } from '../../threads/plain-error.ts';
import type { Bits, BrowserBackend } from '../backends.ts';

// Functions that the page has, by their names. All take a text, and return an Answer as text.

/** Starts the backend: from a Start to a Started. */
export const START = 'backproofStart';
/** Answers a Question. */
export const ASK = 'backproofAsk';
/** Tensors that TensorFlow.js holds. */
export const TENSORS = 'backproofTensors';

/** What the owner gives the page: takes a Part, as text. */
export const PART = 'backproofPart';

export interface Start {
  readonly backend: BrowserBackend;
  /** See shaders.ts. */
  readonly half: boolean;
  readonly packed: boolean;
}

/** The backend as it started, or why it did not. */
export type Started = { readonly device: Device } | { readonly reason: string };

/** What computes. */
export interface Device {
  readonly tfjs: string;
  /** "SwiftShader Device (Subzero)": as the browser calls it. */
  readonly renderer: string;
  /** Whether a processor imitates a graphics processor; null where the browser does not say. */
  readonly software: boolean | null;
  readonly bits: Bits;
}

/** A question to the engines of the page. */
export type Question = EngineOrder & { readonly call: number };

/** What a function of the page returns, or throws. */
export type Answer = { readonly value: unknown } | { readonly error: PlainError };

/** What comes before the answer. */
export interface Part {
  readonly call: number;
  readonly part: unknown;
}
