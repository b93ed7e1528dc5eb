// An engine that works in another thread: every call is a message.
import type { Batches } from '../../data/batches.ts';
import type { Batch } from '../../network/batch.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { Engine, LayerTrace, LossAndGradients, TrainedSteps } from '../engine.ts';
import type { Calls } from './calls.ts';
import type { Method, Opened, Order } from './protocol.ts';

/** What an engine needs of its thread. */
export interface Thread extends Pick<Calls<Order, TrainedSteps>, 'ask' | 'begin'> {
  /** The number by which the thread knows these batches. They are sent once. */
  keep(batches: Batches): Promise<number>;
}

/** @param number by which the thread knows the engine */
export function engineInThread(thread: Thread, number: number, opened: Opened): Engine {
  const { more, ...description } = opened;
  const call = async <T>(method: Method, ...args: readonly unknown[]): Promise<T> =>
    (await thread.ask({ method, engine: number, args })) as T;
  return {
    ...description,
    load: (parameters: Parameters) => call('load', parameters),
    lossAndGradients: (batch: Batch) => call<LossAndGradients>('lossAndGradients', batch),
    applyGradients: (gradients: Parameters) => call('applyGradients', gradients),
    trainStep: (batch: Batch) => call<number>('trainStep', batch),
    trainAlone: (batches: Batches, from: number, to: number) => trainAlone(thread, number, batches, { from, to }),
    predict: (inputs: Matrix) => call<Matrix>('predict', inputs),
    parameters: () => call<Parameters>('parameters'),
    ...(more.includes('trace') && { trace: (batch: Batch) => call<LayerTrace>('trace', batch) }),
    ...(more.includes('lossAt') && {
      lossAt: (parameters: Parameters, batch: Batch, from: number) => call<number>('lossAt', parameters, batch, from),
    }),
    dispose: () => call('dispose'),
  };
}

/** The thread goes on while the caller works with a portion. */
async function* trainAlone(
  thread: Thread,
  engine: number,
  batches: Batches,
  train: { readonly from: number; readonly to: number },
): AsyncGenerator<TrainedSteps, void, void> {
  const portions: TrainedSteps[] = [];
  let ended = false;
  let wake = (): void => {};
  const { call, answer } = thread.begin({ train, engine, batches: await thread.keep(batches) }, (portion) => {
    portions.push(portion);
    wake();
  });
  const end = answer.finally(() => {
    ended = true;
    wake();
  });
  end.catch(() => {}); // thrown below
  try {
    for (;;) {
      const portion = portions.shift();
      if (portion !== undefined) yield portion;
      else if (ended) return (await end) as void;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    if (!ended) {
      await thread.ask({ stop: call });
      await end.catch(() => {});
    }
  }
}
