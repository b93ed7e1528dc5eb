// The browsers of this process, one for each backend that runs in one: started with the first
// engine and ended soon after the last.
import { createRequire } from 'node:module';
import { readText } from '../../../data/files/read-text.ts';
import { EngineUnavailableError } from '../../../errors.ts';
import type { Engine } from '../../engine.ts';
import type { EngineRequest } from '../../threads/protocol.ts';
import { howToInstall } from '../backends.ts';
import type { BrowserBackend } from '../backends.ts';
import { requireJudgedBy } from '../shaders.ts';
import { pageProgram } from './bundle.ts';
import { kindsToTry, launch } from './launch.ts';
import type { Device } from './messages.ts';
import { onEnd } from './open-browsers.ts';
import { PageHost } from './page-host.ts';

/** Milliseconds that a browser without an engine is kept for the next. */
const IDLE = 500;
/** Makes the backend webgl store numbers in 16 bits, to try what is done where it has no more. */
const HALF = 'BACKPROOF_WEBGL_16_BITS';

/** A browser that answers. */
export interface OpenPage {
  readonly host: PageHost;
  readonly device: Device;
}

/** A backend, and the way of using it that a page cannot change afterwards. */
type Use = BrowserBackend | 'webgl, packed textures';

const pages = new Map<Use, Promise<OpenPage>>();
const idle = new Map<Use, NodeJS.Timeout>();

/**
 * The page ends soon, unless an engine is opened in it.
 * @throws EngineUnavailableError if this backend cannot run here
 */
export function openPage(use: Use): Promise<OpenPage> {
  clearTimeout(idle.get(use));
  const page = pages.get(use) ?? startKept(use);
  page.then(
    () => closeWhenIdle(use),
    () => {}, // thrown to the caller
  );
  return page;
}

/** It is kept until its browser ends, for whatever reason. */
function startKept(use: Use): Promise<OpenPage> {
  onEnd(endAll);
  const page = start(use);
  pages.set(use, page);
  const forget = (): void => {
    if (pages.get(use) === page) pages.delete(use);
  };
  page.then(({ host }) => host.onEnd(forget), forget);
  return page;
}

/**
 * @throws EngineUnavailableError if this backend cannot run here
 * @throws UsageError or DataError on an invalid network
 */
export async function openInBrowser(backend: BrowserBackend, request: EngineRequest): Promise<Engine> {
  const packed = backend === 'webgl' && request.options.variant === 'packed textures';
  const use: Use = packed ? 'webgl, packed textures' : backend;
  const { host, device } = await openPage(use);
  clearTimeout(idle.get(use));
  const { renderer, software, bits } = device;
  requireJudgedBy(bits, request.network);
  const told = {
    versions: { tfjs: device.tfjs, chromium: host.version },
    device: {
      renderer,
      ...(software !== null && { kind: software ? 'software' : 'hardware' }),
      precision: `${bits} bits`,
    },
  };
  return host.open(request, told, () => closeWhenIdle(use));
}

/** Ends all browsers of this process. */
async function endAll(): Promise<void> {
  const open = [...pages.values()];
  for (const timer of idle.values()) clearTimeout(timer);
  pages.clear();
  await Promise.all(open.map((page) => page.then(({ host }) => host.close()).catch(() => {})));
}

function closeWhenIdle(use: Use): void {
  clearTimeout(idle.get(use));
  const close = async (): Promise<void> => {
    const page = pages.get(use);
    const { host } = (await page?.catch(() => null)) ?? {};
    if (host === undefined || host.engines > 0 || pages.get(use) !== page) return;
    pages.delete(use);
    await host.close();
  };
  idle.set(
    use,
    setTimeout(() => void close(), IDLE),
  );
}

async function start(use: Use): Promise<OpenPage> {
  const packed = use === 'webgl, packed textures';
  const backend = packed ? 'webgl' : use;
  const scripts = [...librariesOf(backend), await pageProgram(import.meta.url)];
  let why = '';
  for (const kind of kindsToTry()) {
    const browser = await launch(backend, kind);
    try {
      const host = await PageHost.in(browser, scripts);
      const started = await host.start({
        backend,
        half: process.env[HALF] === '1',
        packed,
      });
      if ('device' in started) return { host, device: started.device };
      why = started.reason;
    } catch (error) {
      await browser.close();
      throw error;
    }
    await browser.close();
  }
  throw new EngineUnavailableError(
    `the tfjs ${backend} backend is not available: ${why}`,
    'use --backend wasm, or a newer Chromium: BACKPROOF_CHROME=/path/to/chrome',
  );
}

/** TensorFlow.js as it is installed, for a page. */
function librariesOf(backend: BrowserBackend): string[] {
  const names = ['@tensorflow/tfjs/dist/tf.min.js'];
  if (backend === 'webgpu') names.push('@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js');
  const { resolve } = createRequire(import.meta.url);
  return names.map((name) => {
    try {
      return readText(resolve(name));
    } catch {
      const all = backend === 'webgpu' ? (['webgl', 'webgpu'] as const) : (['webgl'] as const);
      throw new EngineUnavailableError(
        `the tfjs ${backend} backend is not installed: there is no ${name}`,
        howToInstall(...all),
      );
    }
  });
}
