// Optimizers that TensorFlow.js lacks, written with its tensors.
import type { Optimizer as TfOptimizer, NamedTensorMap, Tensor, Variable } from '@tensorflow/tfjs';
import type { Tf } from '../twin.ts';

type Slots = Readonly<Record<string, Tensor>>;

/** One variable before a step. */
export interface TensorStep {
  readonly w: Tensor;
  readonly g: Tensor;
  readonly slots: Slots;
  /** The number of this step, from 1. */
  readonly t: number;
  /** The learning rate of this step. */
  readonly rate: number;
}

/** The variable after it, and its slots. */
export interface TensorStepped {
  readonly w: Tensor;
  readonly slots: Slots;
}

/** The learning rate of an optimizer, which may be set at any time. */
export function rateOf(optimizer: TfOptimizer): number {
  return (optimizer as unknown as { learningRate: number }).learningRate;
}

/** @param names of the slots, which start at 0 */
export function ownOptimizer(
  tf: Tf,
  learningRate: number,
  names: readonly string[],
  step: (one: TensorStep) => TensorStepped,
): TfOptimizer {
  class OwnOptimizer extends tf.Optimizer {
    static className = 'OwnOptimizer';
    learningRate = learningRate;
    readonly #slots: Record<string, Variable>[] = [];
    #t = 0;

    override applyGradients(gradients: NamedTensorMap | { name: string; tensor: Tensor }[]): void {
      const list = Array.isArray(gradients)
        ? gradients
        : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
      this.#t++;
      list.forEach(({ name, tensor: g }, n) => {
        const variable = tf.engine().registeredVariables[name];
        const slots = (this.#slots[n] ??= Object.fromEntries(
          names.map((slot) => [slot, tf.variable(tf.zerosLike(variable), false)]),
        ));
        tf.tidy(() => {
          const after = step({ w: variable, g, slots, t: this.#t, rate: this.learningRate });
          variable.assign(after.w);
          for (const slot of names) slots[slot].assign(after.slots[slot]);
        });
      });
    }

    override dispose(): void {
      for (const slots of this.#slots) for (const slot of Object.values(slots)) slot.dispose();
    }

    override getConfig(): { learningRate: number } {
      return { learningRate: this.learningRate };
    }
  }
  return new OwnOptimizer();
}
