// An engine that is remembered answers as the engine itself, and is asked nothing twice.
import { expect, it } from 'vitest';
import { KeptMemory } from '../../../src/cli/watch/memory.ts';
import { remembered } from '../../../src/cli/watch/remembered.ts';
import type { Engine, EngineFactory } from '../../../src/engines/engine.ts';
import { createVectorEngine } from '../../../src/engines/vector/vector.ts';
import { initialParameters } from '../../../src/network/initializers.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import { matrixOf } from '../../../src/numeric/matrix.ts';
import { optimizerSpec } from '../../../src/ops/optimizers/registry.ts';

const network: NetworkSpec = {
  inputs: 2,
  layers: [
    { units: 3, activation: 'tanh' },
    { units: 2, activation: 'softmax' },
  ],
  loss: 'cross-entropy',
};
const optimizer = optimizerSpec('momentum', {});
const batch = { inputs: matrixOf([[1, -0.5], [0.25, 2]]), targets: matrixOf([[1, 0], [0, 1]]) }; // prettier-ignore
const start = initialParameters(network, 'glorot-uniform', 1);
const elsewhere = initialParameters(network, 'glorot-uniform', 2);

/** A factory, and the calls of all engines it made. */
function counted(): { make: EngineFactory; calls: string[] } {
  const calls: string[] = [];
  const make = async (): Promise<Engine> => {
    calls.push('made');
    const engine = createVectorEngine(network, optimizer, { dtype: 'f32' });
    return new Proxy(engine, {
      get(target, name) {
        const own: unknown = Reflect.get(target, name);
        if (typeof own !== 'function') return own;
        return (...words: unknown[]): unknown => {
          calls.push(String(name));
          return Reflect.apply(own, target, words);
        };
      },
    });
  };
  return { make, calls };
}

async function use(engine: Engine, steps: number): Promise<unknown> {
  await engine.load(start);
  const answers: unknown[] = [await engine.lossAndGradients(batch), await engine.predict(batch.inputs)];
  answers.push(await engine.trace?.(batch));
  for (let i = 0; i < steps; i++) answers.push(await engine.trainStep(batch), await engine.parameters());
  const { gradients } = await engine.lossAndGradients(batch);
  await engine.applyGradients(gradients);
  answers.push(await engine.parameters());
  await engine.load(elsewhere);
  answers.push(await engine.lossAndGradients(batch));
  await engine.dispose();
  return answers;
}

it('answers as the engine does, the second time without it', async () => {
  const { make, calls } = counted();
  const memory = new KeptMemory();
  const factory = remembered(make, 'own', memory);
  const plain = createVectorEngine(network, optimizer, { dtype: 'f32' });
  const right = await use(plain, 2);
  expect(await use(await factory(), 2)).toEqual(right);
  const { length } = calls;
  expect(length).toBeGreaterThan(10);
  memory.turn();
  const again = await factory();
  expect(await use(again, 2)).toEqual(right);
  expect(calls.length).toBe(length);
  expect([again.id, again.label, again.dtype]).toEqual([plain.id, plain.label, plain.dtype]);
});

it('goes on from where memory ends', async () => {
  const { make, calls } = counted();
  const factory = remembered(make, 'own', new KeptMemory());
  await use(await factory(), 1);
  calls.length = 0;
  const right = await use(createVectorEngine(network, optimizer, { dtype: 'f32' }), 3);
  expect(await use(await factory(), 3)).toEqual(right); // the second step is new
  expect(calls.filter((name) => name === 'trainStep')).toHaveLength(3);
});

it('is not told by what a caller does with an answer', async () => {
  const { make } = counted();
  const factory = remembered(make, 'own', new KeptMemory());
  const ask = async () => {
    const engine = await factory();
    await engine.load(start);
    return { ...(await engine.lossAndGradients(batch)), outputs: await engine.predict(batch.inputs) };
  };
  const first = await ask();
  const [gradient, output] = [first.gradients[0].values[0], first.outputs.data[0]];
  first.gradients[0].values[0] = 99;
  first.outputs.data[0] = 99;
  const second = await ask();
  expect([second.gradients[0].values[0], second.outputs.data[0]]).toEqual([gradient, output]);
});

it('is forgotten when it was not used between two turns', async () => {
  const { make, calls } = counted();
  const memory = new KeptMemory();
  const factory = remembered(make, 'own', memory);
  await use(await factory(), 1);
  memory.turn();
  memory.turn();
  calls.length = 0;
  await use(await factory(), 1);
  expect(calls).toContain('trainStep');
});
