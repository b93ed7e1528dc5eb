// The type of a known mistake: how to inject it into the right network, and what reports say
// about it.
import type { Scaling } from '../data/scaling.ts';
import type { FaultInjection } from '../engines/engine.ts';
import { layersOf } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import type { BackwardRules } from '../ops/piece-fault.ts';

/** The network, optimizer and input scaling that a mistake is injected into. */
export interface Setting {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  /** How the inputs were scaled: (raw - mean) / deviation. */
  readonly scaling: Omit<Scaling, 'id'>;
}

/**
 * Where the mistake shows: in the gradients of a batch; in the loss alone; only in the gradients of
 * a later batch; in an update made with right gradients; or only in a whole training step.
 */
export type Stage = 'gradient' | 'loss' | 'again' | 'update' | 'train-step';

/** A known mistake: what it is, where it is possible, and how to inject it. */
export interface Fault {
  readonly stage: Stage;
  /** What is wrong, as a clause that follows "db2 is wrong: ". */
  readonly description: string;
  /** The right formula or what to do, printed as "Fix: ...". */
  readonly remedy: string;
  /** The wrong formula, where the mistake has one; reports show it beside the right one. */
  readonly formula?: string | undefined;
  /**
   * The layers (from 0) where it is possible and makes a difference; [null] if it concerns the
   * whole network, [] if it is impossible.
   */
  readonly layers: (setting: Setting) => readonly (number | null)[];
  /**
   * Makes a new injection per engine, because an injection may keep state between batches.
   * @param right the steps that it changes; default: the correct ones. With the steps of another
   *   mistake, both are made, one after the other.
   */
  readonly injection: (layer: number, setting: Setting, right?: BackwardRules) => FaultInjection;
  /**
   * The first wrong tensor in the order of computation: z1, dz2, dW2, db2; for an update the first
   * wrong parameter (W1, ...). Several names if it depends on the numbers.
   */
  readonly first: (layer: number, setting: Setting) => readonly string[];
}

/** `layers` of a mistake that concerns the whole network: [null] if possible, else []. */
export const whole = (possible: boolean): readonly null[] => (possible ? [null] : []);

export function layersWhere({ network }: Setting, possible: (layer: number) => boolean): number[] {
  return network.layers.map((_, l) => l).filter(possible);
}

/** The layers that have a parameter with this role. */
export function layersWith(setting: Setting, role: string): number[] {
  const layers = layersOf(setting.network);
  return layersWhere(setting, (l) => layers[l].parameters.some((tensor) => tensor.role === role));
}

export function lastIndex({ network }: Setting): number {
  return network.layers.length - 1;
}

/** Whether an update changes anything. */
export function takesSteps({ optimizer }: Setting): boolean {
  return optimizer.learningRate > 0;
}
