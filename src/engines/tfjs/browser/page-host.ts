// A page with TensorFlow.js in it, as its owner sees it: opens engines there, whose calls are
// texts.
import type { Browser, Page } from 'playwright-core';
import type { Batches } from '../../../data/batches.ts';
import { EngineUnavailableError } from '../../../errors.ts';
import type { Engine, TrainedSteps } from '../../engine.ts';
import { engineInThread } from '../../threads/engine-in-thread.ts';
import type { Thread } from '../../threads/engine-in-thread.ts';
import type { Begun } from '../../threads/calls.ts';
import { KeptBatches } from '../../threads/kept-batches.ts';
import { revived } from '../../threads/plain-error.ts';
import type { EngineOrder, EngineRequest } from '../../threads/protocol.ts';
import type { Identity } from '../../through.ts';
import { ASK, PART, START, TENSORS } from './messages.ts';
import type { Answer, Part, Question, Start, Started } from './messages.ts';
import { fromText, toText } from './wire.ts';
import type { Base64 } from './wire.ts';

const base64: Base64 = {
  encode: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
  decode: (text) => new Uint8Array(Buffer.from(text, 'base64')), // a copy: small buffers share one memory
};

/** Somebody's code in the page. */
export interface Watch {
  /** Called with each line that it writes to the console. */
  readonly printed: (line: string) => void;
  /** Called with what it throws outside of calls. */
  readonly thrown: (error: Error) => void;
}

/** What a module that the page loads is called there; all else is backproof's and the browser's. */
const MODULE = 'blob:';

/** The page went elsewhere: only somebody's code in it does that. */
export class PageLost extends Error {}

/** A page needs an address to be allowed WebGPU. Nothing listens there: see below. */
const ADDRESS = 'http://127.0.0.1/';

export class PageHost implements Thread {
  readonly #browser: Browser;
  readonly #page: Page;
  readonly #parts = new Map<number, (part: TrainedSteps) => void>();
  readonly #kept = new KeptBatches((order) => this.ask(order), 'a page');
  #calls = 0;
  #engines = 0;
  #open = 0;
  #hasCrashed = false;

  private constructor(browser: Browser, page: Page) {
    [this.#browser, this.#page] = [browser, page];
  }

  /** @param scripts what the page runs, the last the program that answers */
  static async in(browser: Browser, scripts: readonly string[]): Promise<PageHost> {
    const context = await browser.newContext({ serviceWorkers: 'block' });
    // its one document is given here, and whatever else it asks for is refused: no request leaves
    await context.route('**/*', (route) =>
      route.request().url() === ADDRESS
        ? route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>backproof</title>' })
        : route.abort(),
    );
    const page = await context.newPage();
    const host = new PageHost(browser, page);
    page.on('crash', () => (host.#hasCrashed = true)); // the browser lives on
    await page.exposeFunction(PART, (text: string) => {
      const { call, part } = fromText(text, base64) as Part;
      host.#parts.get(call)?.(part as TrainedSteps);
    });
    await page.goto(ADDRESS);
    for (const content of scripts) await page.addScriptTag({ content });
    return host;
  }

  /** "156.0.8078.108" */
  get version(): string {
    return this.#browser.version();
  }

  /** Engines that are open, and whoever else holds it. */
  get engines(): number {
    return this.#open;
  }

  /** Until the function that is returned is called, it is not idle. */
  hold(): () => void {
    this.#open++;
    return () => void this.#open--;
  }

  /** @param ended called when the browser has ended: it was closed, or it crashed */
  onEnd(ended: () => void): void {
    if (this.#browser.isConnected()) this.#browser.once('disconnected', ended);
    else ended();
  }

  async start(start: Start): Promise<Started> {
    return (await this.call(START, start)) as Started;
  }

  /** Tensors that TensorFlow.js holds in the page: one more after every call would be a leak. */
  async tensors(): Promise<number> {
    return (await this.call(TENSORS, null)) as number;
  }

  /**
   * @param told what reports say of it besides
   * @param ended called when it is disposed of
   * @throws what createTfjsEngine throws
   */
  async open(request: EngineRequest, told: Pick<Engine, 'versions' | 'device'>, ended: () => void): Promise<Engine> {
    const number = this.#engines++;
    const release = this.hold(); // it is not idle while it opens one
    const identity = await this.ask({ open: request, engine: number }).catch((error: unknown) => {
      release();
      ended();
      throw error;
    });
    const engine = engineInThread(this, number, { ...(identity as Identity), ...told });
    return {
      ...engine,
      dispose: async () => {
        try {
          await engine.dispose();
        } finally {
          release(); // also if the browser has ended
          ended();
        }
      },
    };
  }

  ask(order: EngineOrder): Promise<unknown> {
    return this.begin(order).answer;
  }

  begin(order: EngineOrder, part?: (part: TrainedSteps) => void): Begun {
    const call = this.#calls++;
    if (part !== undefined) this.#parts.set(call, part);
    return { call, answer: this.#answer({ ...order, call }) };
  }

  keep(batches: Batches): Promise<number> {
    return this.#kept.keep(batches);
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }

  async #answer(question: Question): Promise<unknown> {
    try {
      return await this.call(ASK, question);
    } finally {
      this.#parts.delete(question.call);
    }
  }

  /** Runs a module, of which nothing but plain JavaScript is left. */
  async load(code: string, { printed, thrown }: Watch): Promise<void> {
    this.#page.on('console', (message) => {
      if (message.location().url.startsWith(MODULE)) printed(message.text());
    });
    this.#page.on('pageerror', thrown);
    const blob = `new Blob([${JSON.stringify(code)}], { type: 'text/javascript' })`;
    await this.#evaluate(() => this.#page.evaluate(`import(URL.createObjectURL(${blob})).then(() => {})`));
  }

  /**
   * Calls a function of the page.
   * @param value plain data
   * @throws what it throws; EngineUnavailableError if the browser has ended
   */
  async call(name: string, value: unknown): Promise<unknown> {
    const text = toText(value, base64);
    const ask = (): Promise<string> =>
      this.#page.evaluate(
        ([to, given]) => (globalThis as unknown as Record<string, (text: string) => Promise<string>>)[to](given),
        [name, text] as const,
      );
    const answer = fromText(await this.#evaluate(ask), base64) as Answer;
    if ('error' in answer) throw revived(answer.error);
    return answer.value;
  }

  async #evaluate<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (this.#browser.isConnected() && !this.#page.isClosed() && !this.#hasCrashed)
        throw new PageLost(error instanceof Error ? error.message : String(error), { cause: error });
      throw new EngineUnavailableError('the browser with TensorFlow.js ended during the run', 'try again');
    }
  }
}
