// The program of an engine's thread: opens engines and answers calls on them, those on different
// engines in between each other, and computes bounds.
import { boundedOutputs } from '../../bounds/forward.ts';
import { boundedGradients } from '../../bounds/gradients.ts';
import type { TrainedSteps } from '../engine.ts';
import { createEngine } from '../registry.ts';
import { Hosted } from './hosted.ts';
import type { Served } from './hosted.ts';
import type { ToThread } from './protocol.ts';
import { serve } from './serve.ts';

const hosted = new Hosted(({ id, network, optimizer, options }) => createEngine(id, network, optimizer, options), {
  now: () => performance.now(),
  rest: () => new Promise((resolve) => setImmediate(resolve)),
});

serve<ToThread, TrainedSteps>(async (message, portion) => {
  if ('bound' in message) return bound(message);
  if ('outputs' in message) {
    const { network, parameters, inputs } = message.outputs;
    return { value: boundedOutputs(network, parameters, inputs) };
  }
  return hosted.answer(message, portion);
});

function bound({ bound: { network, parameters, step }, batches }: Extract<ToThread, { bound: unknown }>): Served {
  const batch = hosted.batchesOf(batches).batch(step);
  const { loss, gradients, errors, followed, kinks, extremes } = boundedGradients(network, parameters, batch);
  return { value: { loss, gradients, errors, followed, kinks, extremes }, given: [...gradients, ...errors] };
}
