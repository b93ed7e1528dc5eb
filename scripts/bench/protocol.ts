// The protocol between the benchmark and its contenders: JSON lines over stdin and stdout, one answer per request, in order.
import { createInterface } from 'node:readline';

export type Request =
  | { readonly do: 'open'; readonly task: string }
  | { readonly do: 'train' | 'loss'; readonly from: number; readonly steps: number }
  | { readonly do: 'memory' }
  | { readonly do: 'close' };

export interface Opened {
  readonly label: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly seconds: number;
  /** How it differs from the task, for example by a loss of its own. */
  readonly note?: string;
}

/** The library lacks something that the task needs. */
export interface Unable {
  readonly unable: string;
}

export interface Trained {
  readonly seconds: number;
  /** The loss before each step's update; empty if reading it would cost time. */
  readonly losses: readonly number[];
}

/** What a contender implements. Steps count from 0 in the task's order. */
export interface Handlers {
  open(folder: string): Promise<Opened | Unable>;
  train(from: number, steps: number): Promise<Trained>;
  /** The mean loss of the current parameters over those batches. */
  loss(from: number, steps: number): Promise<number>;
}

/** Answers requests until `close`, or until the input ends. */
export async function serve(handlers: Handlers): Promise<void> {
  const say = (answer: object): unknown => process.stdout.write(`${JSON.stringify(answer)}\n`);
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const request = JSON.parse(line) as Request;
      say(await answer(handlers, request));
      if (request.do === 'close') break;
    } catch (error) {
      say({ error: (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ') });
    }
  }
  process.stdin.destroy();
}

async function answer(handlers: Handlers, request: Request): Promise<object> {
  switch (request.do) {
    case 'open':
      return handlers.open(request.task);
    case 'train':
      return handlers.train(request.from, request.steps);
    case 'loss':
      return { loss: await handlers.loss(request.from, request.steps) };
    case 'memory':
      return { rss: process.memoryUsage.rss() };
    case 'close':
      return { closed: true };
  }
}

/** Seconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
