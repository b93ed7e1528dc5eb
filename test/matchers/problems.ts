// Networks for the tests of the matchers.
import type { ActivationId, LossId } from '../../src/ops/registry.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';

export function net(
  hidden: ActivationId,
  output: ActivationId,
  loss: LossId,
  inputs = 3,
  units = 4,
  K = 2,
): NetworkSpec {
  return {
    inputs,
    layers: [
      { units, activation: hidden },
      { units: K, activation: output },
    ],
    loss,
  };
}

export const CLASSIFIER = net('tanh', 'softmax', 'cross-entropy', 3, 4, 3);

/** The message of an assertion that must fail. */
export async function messageOf(assertion: () => unknown): Promise<string> {
  return (await errorOf(assertion)).message;
}

export async function errorOf(assertion: () => unknown): Promise<Error> {
  try {
    await assertion();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('it passed');
}
