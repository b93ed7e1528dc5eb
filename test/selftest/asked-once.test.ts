// Answers that are used again are those that a fresh engine gives, and the engine is asked only
// once for each.
import { describe, expect, it } from 'vitest';
import { withEngines } from '../../src/check/with-engines.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { askedOnce } from '../../src/selftest/asked-once.ts';
import { randomProblem } from '../../src/selftest/random-problem.ts';

const { network, start, batch } = randomProblem(3, { largest: 6 });
const make = (): Promise<Engine> => createEngine('vector', network, optimizerSpec('momentum'));

/** Trains a step, asks for the gradients as well if told, and trains another: momentum counts. */
async function twoSteps(engine: Engine, asksMore = false): Promise<unknown> {
  await engine.load(start);
  const loss = await engine.trainStep(batch);
  const more = asksMore ? await engine.lossAndGradients(batch) : null;
  return [loss, more, await engine.trainStep(batch), await engine.parameters()];
}

/** Counts the training steps of all engines made. */
function counted(): { make: () => Promise<Engine>; steps: () => number } {
  let steps = 0;
  return {
    steps: () => steps,
    make: async () => {
      const engine = await make();
      const step = engine.trainStep.bind(engine);
      return Object.assign(engine, { trainStep: (given: typeof batch) => (steps++, step(given)) });
    },
  };
}

describe('an engine asked once', () => {
  it('is not asked again for what it has answered', async () => {
    const { make: makeCounted, steps } = counted();
    await withEngines(async (open) => {
      const again = askedOnce(open, makeCounted);
      const right = await twoSteps(await open(make));
      expect(await twoSteps(await again())).toEqual(right);
      expect(await twoSteps(await again())).toEqual(right);
    });
    expect(steps()).toBe(2);
  });

  it.each([
    ['other calls', false, true],
    ['fewer calls', true, false],
  ])('answers as a fresh engine would after %s', async (_, before, after) => {
    const { make: makeCounted, steps } = counted();
    await withEngines(async (open) => {
      const again = askedOnce(open, makeCounted);
      await twoSteps(await again(), before);
      expect(await twoSteps(await again(), after)).toEqual(await twoSteps(await open(make), after));
    });
    expect(steps()).toBe(4); // the first step is made again, then the second
  });

  it('goes on with the same engine when calls follow those that were answered', async () => {
    const { make: makeCounted, steps } = counted();
    await withEngines(async (open) => {
      const again = askedOnce(open, makeCounted);
      const longer = async (engine: Engine): Promise<unknown> => [
        await twoSteps(engine),
        await engine.trainStep(batch),
      ];
      await twoSteps(await again());
      expect(await longer(await again())).toEqual(await longer(await open(make)));
    });
    expect(steps()).toBe(3);
  });

  it('takes a batch of equal numbers for another one', async () => {
    const { make: makeCounted, steps } = counted();
    await withEngines(async (open) => {
      const again = askedOnce(open, makeCounted);
      for (const given of [batch, structuredClone(batch)]) {
        const engine = await again();
        await engine.load(start);
        await engine.trainStep(given);
      }
    });
    expect(steps()).toBe(2);
  });
});
