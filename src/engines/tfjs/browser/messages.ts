// What a page with TensorFlow.js and its owner agree on.
import type { EngineOrder } from '../../threads/protocol.ts';
import type { PlainError } from '../../threads/plain-error.ts';
import type { Bits, BrowserBackend } from '../backends.ts';

/** Functions that the page has. */
export interface InPage {
  /** Starts the backend. @returns a Started, as text */
  backproofStart(text: string): Promise<string>;
  /** @returns an Answer, as text */
  backproofAsk(text: string): Promise<string>;
  /** Tensors that TensorFlow.js holds. @returns a number, as text */
  backproofTensors(): Promise<string>;
}

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

export type Answer = { readonly value: unknown } | { readonly error: PlainError };

/** What comes before the answer. */
export interface Part {
  readonly call: number;
  readonly part: unknown;
}
