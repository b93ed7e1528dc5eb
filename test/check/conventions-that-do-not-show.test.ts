// A convention is told where it explains what is wrong, and not where nothing wrong shows in the
// few examples on which conventions are tried.
import { expect, test } from 'vitest';
import type { ConventionVariant } from '../../src/candidates/engine.ts';
import { tryConventions } from '../../src/check/diagnosis/conventions.ts';
import { questionsOf } from '../../src/check/questions/protocol.ts';
import { UNWATCHED } from '../../src/check/watch.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { randomBatch, startOf } from '../fixtures.ts';
import { SPEC, computed, engineOf } from './probe/mlp.ts';

/** Its loss is so many times the right one in a batch of B. */
const timesLoss = (factor: (B: number) => number): Engine =>
  engineOf({
    gradients(w, x, t) {
      const right = computed(w, x, t);
      return { ...right, loss: factor(x.length) * right.loss };
    },
  });

async function likely(factor: (B: number) => number): Promise<readonly object[]> {
  const questions = questionsOf(SPEC, startOf(SPEC), randomBatch(SPEC, 40, 1));
  const variant = (conventions: Record<string, string>, changes: number): ConventionVariant => ({
    conventions,
    changes,
    asksAlike: true,
    network: SPEC,
    open: async () => timesLoss((B) => (changes === 0 ? factor(B) : factor(B) / B)),
    openFor: async () => timesLoss(factor),
  });
  const variants = [variant({}, 0), variant({ loss: 'sum' }, 1), variant({ gradients: 'mean' }, 1)];
  variants[2] = { ...variants[2], open: async () => timesLoss(factor) }; // it changes nothing
  const declared = { engine: timesLoss(factor), right: 4, isRead: true };
  const found = await tryConventions(variants, SPEC, questions, declared, UNWATCHED);
  return found.likely;
}

test('one that explains the loss of all batches is told', async () => {
  expect(await likely((B) => B)).toEqual([{ loss: 'sum' }]);
});

test('none is told if only large batches are wrong', async () => {
  expect(await likely((B) => (B > 30 ? 2 : 1))).toEqual([]);
});
