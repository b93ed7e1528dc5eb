// The program of an engine's thread: opens engines and answers calls on them, those on different
// engines in between each other.
import { parentPort } from 'node:worker_threads';
import { boundedGradients } from '../../bounds/gradients.ts';
import type { StepBounds } from '../../bounds/gradients.ts';
import { createBatches } from '../../data/batches.ts';
import type { Batches } from '../../data/batches.ts';
import type { Engine, LossAndGradients } from '../engine.ts';
import type { Parameters } from '../../network/parameters.ts';
import { inPortions } from '../portions.ts';
import { createEngine } from '../registry.ts';
import { OPTIONAL, plainError } from './protocol.ts';
import type { FromThread, Opened, ToThread } from './protocol.ts';

/** Other calls wait so long at most while an engine trains, in milliseconds. */
const PORTION = 10;

const engines = new Map<number, Engine>();
const kept = new Map<number, Batches>();
/** Calls that train. */
const training = new Set<number>();

parentPort?.on('message', (message: ToThread) => void answer(message));

async function answer(message: ToThread): Promise<void> {
  const { call } = message;
  try {
    const value = await valueOf(message);
    parentPort?.postMessage({ call, value } satisfies FromThread, buffersOf(message, value));
  } catch (error) {
    send({ call, error: plainError(error) });
  }
}

function send(message: FromThread): void {
  parentPort?.postMessage(message);
}

async function valueOf(message: ToThread): Promise<unknown> {
  if ('open' in message) return open(message);
  if ('method' in message) return invoke(message);
  if ('train' in message) return train(message);
  if ('stop' in message) return training.delete(message.stop);
  if ('bound' in message) return bound(message);
  const { examples, classes, scaling, plan } = message.keep;
  return void kept.set(message.batches, createBatches(examples, classes, scaling, plan));
}

async function open({ open: wanted, engine: number }: Extract<ToThread, { open: unknown }>): Promise<Opened> {
  const engine = await createEngine(wanted.id, wanted.network, wanted.optimizer, wanted.options);
  engines.set(number, engine);
  const { id, dtype, label, backend, versions } = engine;
  return { id, dtype, label, backend, versions, more: OPTIONAL.filter((name) => engine[name] !== undefined) };
}

async function invoke({ engine: number, method, args }: Extract<ToThread, { method: unknown }>): Promise<unknown> {
  const engine = engineOf(number);
  if (method === 'dispose') engines.delete(number);
  return (engine[method] as (...values: readonly unknown[]) => Promise<unknown>).apply(engine, [...args]);
}

async function train({ call, train: { from, to }, ...of }: Extract<ToThread, { train: unknown }>): Promise<void> {
  const batches = batchesOf(of.batches);
  training.add(call);
  const pace = { now: () => performance.now(), milliseconds: PORTION };
  try {
    for await (const portion of inPortions(engineOf(of.engine), batches, { from, to }, pace)) {
      send({ call, portion });
      await new Promise((resolve) => setImmediate(resolve)); // other messages come in
      if (!training.has(call)) return;
    }
  } finally {
    training.delete(call);
  }
}

function bound({ bound: { network, parameters, step }, batches }: Extract<ToThread, { bound: unknown }>): StepBounds {
  const { loss, gradients, errors, kinks, extremes } = boundedGradients(
    network,
    parameters,
    batchesOf(batches).batch(step),
  );
  return { loss, gradients, errors, kinks, extremes };
}

/** Copies that nobody here keeps: they go over without another copy. */
function buffersOf(message: ToThread, value: unknown): ArrayBuffer[] {
  return tensorsIn(message, value).map(({ values }) => values.buffer as ArrayBuffer);
}

function tensorsIn(message: ToThread, value: unknown): Parameters {
  if ('bound' in message) {
    const { gradients, errors } = value as StepBounds;
    return [...gradients, ...errors];
  }
  const method = 'method' in message ? message.method : null;
  if (method === 'parameters') return value as Parameters;
  return method === 'lossAndGradients' ? (value as LossAndGradients).gradients : [];
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
