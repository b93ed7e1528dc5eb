// The page in which somebody's file is checked, where its twin is on a backend that runs in a
// browser. To the command it is like the thread.
import type { BrowserBackend } from '../../engines/tfjs/backends.ts';
import { CandidateError, EngineUnavailableError } from '../../errors.ts';
import type { Io } from '../../program/io.ts';
import { thrownText } from '../../candidates/words.ts';
import { bundleForPage } from './bundle.ts';
import { CHECK } from './protocol.ts';
import type { Order, ToPage, ToThread } from './protocol.ts';
import { interrupted, within } from './within.ts';
import type { CheckThread } from './within.ts';

/** @param thread answers where there is no twin: a browser is started for a twin alone */
export function pageFor(thread: CheckThread, backend: BrowserBackend): CheckThread {
  let page: Promise<CheckPage> | null = null;
  return {
    async ask<Result>(order: ToThread, limit: number, io: Io) {
      if (page === null && !(await thread.ask<boolean>({ ...order, hasTwin: true }, limit, io)))
        return thread.ask<Result>(order, limit, io);
      page ??= openCheckPage(order, backend);
      const over = new AbortController();
      const opened = await Promise.race([page, interrupted(io, over.signal)]).finally(() => over.abort());
      const { file: _file, ...rest } = order;
      return (await within(opened.ask(rest), order.name, limit, io)) as Result;
    },
    async end() {
      await Promise.all([thread.end(), page?.then(({ end }) => end()).catch(() => {})]);
    },
  };
}

interface CheckPage {
  ask(order: ToPage): Promise<unknown>;
  end(): Promise<void>;
}

/**
 * @throws UsageError if the file cannot run in a browser; EngineUnavailableError if there is none,
 *   or it has too few bits
 */
async function openCheckPage({ file, name }: Order, backend: BrowserBackend): Promise<CheckPage> {
  const code = await bundleForPage(file, name, backend);
  const [{ openPage }, { PageLost }] = await Promise.all([
    import('../../engines/tfjs/browser/browser.ts'),
    import('../../engines/tfjs/browser/page-host.ts'),
  ]);
  const { host, device } = await openPage(backend);
  host.hold();
  let outside: (error: Error) => void = () => {};
  const thrown = new Promise<never>((_resolve, reject) => (outside = reject)).catch((error: unknown) => {
    throw new CandidateError(`${name} threw outside any call: ${thrownText(error)}`);
  });
  thrown.catch(() => {}); // nobody may be waiting yet
  const ended = (error: unknown): never => {
    throw error instanceof PageLost
      ? new CandidateError(`${name} ended the page that it runs in`, 'it must not load another one')
      : error;
  };
  try {
    if (device.bits !== 32)
      throw new EngineUnavailableError(
        `the tfjs ${backend} backend has only ${device.bits} bits for a number here, and a twin needs 32`,
        'use --backend webgpu or wasm',
      );
    await host.load(code, { printed: (line) => void process.stderr.write(`${line}\n`), thrown: outside });
  } catch (error) {
    await host.close();
    throw error;
  }
  return {
    ask: (order) => Promise.race([thrown, host.call(CHECK, order)]).catch(ended),
    end: () => host.close(),
  };
}
