// An engine that works in another thread, or in a page: every call is a message.
import type { Batches } from '../../data/batches.ts';
import type { Engine, TrainedSteps } from '../engine.ts';
import { engineThrough } from '../through.ts';
import type { Identity } from '../through.ts';
import type { Begun } from './calls.ts';
import type { EngineOrder } from './protocol.ts';

/** What an engine needs of its thread or page. */
export interface Thread {
  /** @throws what the call throws there */
  ask(order: EngineOrder): Promise<unknown>;
  /** @param part called with what arrives before the answer */
  begin(order: EngineOrder, part?: (part: TrainedSteps) => void): Begun;
  /** The number by which the thread knows these batches. They are sent once. */
  keep(batches: Batches): Promise<number>;
}

/** @param number by which the thread knows the engine */
export function engineInThread(thread: Thread, number: number, identity: Identity): Engine {
  return {
    ...engineThrough(identity, (method, args) => thread.ask({ method, engine: number, args })),
    trainAlone: (batches, from, to) => trainAlone(thread, number, batches, { from, to }),
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
