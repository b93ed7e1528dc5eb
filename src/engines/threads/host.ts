// The program of an engine's thread: opens engines and answers calls on them, those on different
// engines in between each other.
import { boundedOutputs } from '../../bounds/forward.ts';
import { boundedGradients } from '../../bounds/gradients.ts';
import { createBatches } from '../../data/batches.ts';
import type { Batches } from '../../data/batches.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { Engine, LossAndGradients, TrainedSteps } from '../engine.ts';
import { inPortions } from '../portions.ts';
import { createEngine } from '../registry.ts';
import { askEngine, identityOf } from '../through.ts';
import type { Identity, Method } from '../through.ts';
import type { ToThread } from './protocol.ts';
import { serve } from './serve.ts';
import type { Served } from './serve.ts';

/** Other calls wait so long at most while an engine trains, in milliseconds. */
const PORTION = 10;

const engines = new Map<number, Engine>();
const kept = new Map<number, Batches>();
/** Calls that train. */
const training = new Set<number>();

serve<ToThread, TrainedSteps>(async (message, portion) => {
  if ('open' in message) return { value: await open(message) };
  if ('method' in message) return invoke(message);
  if ('train' in message) return { value: await train(message, portion) };
  if ('stop' in message) return { value: training.delete(message.stop) };
  if ('bound' in message) return bound(message);
  if ('outputs' in message) {
    const { network, parameters, inputs } = message.outputs;
    return { value: boundedOutputs(network, parameters, inputs) };
  }
  const { examples, classes, scaling, plan } = message.keep;
  kept.set(message.batches, createBatches(examples, classes, scaling, plan));
  return { value: null };
});

async function open({ open: wanted, engine: number }: Extract<ToThread, { open: unknown }>): Promise<Identity> {
  const engine = await createEngine(wanted.id, wanted.network, wanted.optimizer, wanted.options);
  engines.set(number, engine);
  return identityOf(engine);
}

async function invoke({ engine: number, method, args }: Extract<ToThread, { method: unknown }>): Promise<Served> {
  const engine = engineOf(number);
  if (method === 'dispose') engines.delete(number);
  const value = await askEngine(engine, method, args);
  return { value, given: copiesIn(value, method) };
}

/** Tensors that an engine made for its caller. */
function copiesIn(value: unknown, method: Method): Parameters {
  if (method === 'parameters') return value as Parameters;
  return method === 'lossAndGradients' ? (value as LossAndGradients).gradients : [];
}

async function train(
  { call, train: { from, to }, ...of }: Extract<ToThread, { train: unknown }>,
  send: (portion: TrainedSteps) => void,
): Promise<void> {
  const batches = batchesOf(of.batches);
  training.add(call);
  const pace = { now: () => performance.now(), milliseconds: PORTION };
  try {
    for await (const portion of inPortions(engineOf(of.engine), batches, { from, to }, pace)) {
      send(portion);
      await new Promise((resolve) => setImmediate(resolve)); // other messages come in
      if (!training.has(call)) return;
    }
  } finally {
    training.delete(call);
  }
}

function bound({ bound: { network, parameters, step }, batches }: Extract<ToThread, { bound: unknown }>): Served {
  const batch = batchesOf(batches).batch(step);
  const { loss, gradients, errors, followed, kinks, extremes } = boundedGradients(network, parameters, batch);
  return { value: { loss, gradients, errors, followed, kinks, extremes }, given: [...gradients, ...errors] };
}

function engineOf(number: number): Engine {
  const engine = engines.get(number);
  if (engine === undefined) throw new Error(`no engine ${number}`);
  return engine;
}

function batchesOf(number: number): Batches {
  const batches = kept.get(number);
  if (batches === undefined) throw new Error(`no batches ${number}`);
  return batches;
}
