// What is wrong in training steps, in words.
import { formatNumber } from '../probe/operations/fit.ts';
import type { Told } from '../probe/told.ts';

const UPDATE = { kind: 'update', place: 'updates', used: null, right: null } as const;

export function tellOtherStart(): Told {
  return {
    ...UPDATE,
    kind: 'state',
    text: 'A step from other parameters ends where the one before ended: it starts from parameters of its own, not from those it is given.',
    fix: 'start each step from the parameters that trainStep is given',
  };
}

export function tellNotMoved(): Told {
  return {
    ...UPDATE,
    text: 'trainStep leaves all parameters as they are: it updates a copy, or nothing.',
    fix: 'return the updated parameters, or change those that are given',
  };
}

/** @param rate in use; null if the step is no multiple of the right gradient */
export function tellOwnRate(rate: number | null): Told {
  return {
    ...UPDATE,
    text: `The step is the same at every learning rate${rate === null ? '' : `: it uses ${formatNumber(rate)}`}.`,
    fix: 'multiply by optimizer.learningRate, which is another one at each call',
  };
}

/** Only a factor that says what happened. */
export function tellFactor(factor: number): Told[] {
  if (Math.abs(factor - 2) > 1e-4) return [];
  return [
    {
      ...UPDATE,
      kind: 'factor',
      text: 'Every step is 2 times the right one: the update is made twice, or the gradient is doubled.',
      fix: 'update once per step',
    },
  ];
}

export function tellAfterEachExample(): Told {
  return {
    ...UPDATE,
    kind: 'batch',
    text: 'The parameters are updated after each example, so that the later ones of a batch see others than the first.',
    fix: "add up the gradients of the whole batch, then update once; or declare conventions = { examples: 'one' } if it is meant to learn from one example at a time",
  };
}

export function tellTwiceAnew(): Told {
  return {
    ...UPDATE,
    text: 'The step is made twice, the second time with the gradients at the parameters after the first.',
    fix: 'compute the gradients and update once per step',
  };
}

export function tellLossAfterwards(): Told {
  return {
    kind: 'loss',
    place: 'loss',
    text: 'The loss is that of the parameters after the update.',
    used: null,
    right: null,
    fix: 'compute the loss before the update',
  };
}
