// What a known mistake is: the right network with that one mistake, as a recipe, and what is to be said about it.
import type { FaultInjection } from '../engines/engine.ts';
import { layersOf } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';

/** What a mistake is made in. */
export interface Setting {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  /** How the inputs were scaled: (raw - mean) / deviation. */
  readonly scaling: { readonly mean: number; readonly deviation: number };
}

/**
 * Where it shows: in the gradients of a batch; only in those of a batch that comes after another; in an update with gradients that are right;
 * or only in a whole training step.
 */
export type Stage = 'gradient' | 'again' | 'update' | 'train-step';

/** A known mistake: what it is, where it can be made, and how it is made. */
export interface Fault {
  readonly stage: Stage;
  /** What went wrong, for somebody who has made it. */
  readonly description: string;
  /** How to mend it. */
  readonly remedy: string;
  /** The wrong formula, where the mistake has one; reports show it beside the right one. */
  readonly formula?: string | undefined;
  /** The layers (from 0) at which it can be made and makes a difference; [null] if it is one of the network as a whole, [] if it cannot be made. */
  readonly layers: (setting: Setting) => readonly (number | null)[];
  /** A fresh one for each engine: it may remember what came before. */
  readonly injection: (layer: number, setting: Setting) => FaultInjection;
  /** The first thing that is wrong, in the order of computation: z1, dz2, dW2, db2; for an update the first parameter, W1 ... Several where it
   * depends on the numbers. */
  readonly first: (layer: number, setting: Setting) => readonly string[];
}

/** Of the network as a whole, or nowhere. */
export const whole = (possible: boolean): readonly null[] => (possible ? [null] : []);

export function layersWhere({ network }: Setting, possible: (layer: number) => boolean): number[] {
  return network.layers.map((_, l) => l).filter(possible);
}

/** Layers that learn a tensor of this role. */
export function layersWith(setting: Setting, role: string): number[] {
  const layers = layersOf(setting.network);
  return layersWhere(setting, (l) => layers[l].parameters.some((tensor) => tensor.role === role));
}

export function lastIndex({ network }: Setting): number {
  return network.layers.length - 1;
}
