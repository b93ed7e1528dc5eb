// The browsers of this process, one for each backend that runs in one: started with the first engine
// and ended soon after the last.
import { createRequire } from 'node:module';
import { readText } from '../../../data/files/read-text.ts';
import { EngineUnavailableError } from '../../../errors.ts';
import type { Engine } from '../../engine.ts';
import type { EngineRequest } from '../../threads/protocol.ts';
import { howToInstall } from '../backends.ts';
import type { BrowserBackend } from '../backends.ts';
import { pageProgram } from './bundle.ts';
import { kindsToTry, launch } from './launch.ts';
import type { Device } from './messages.ts';
import { onEnd } from './open-browsers.ts';
import { PageHost } from './page-host.ts';

/** Milliseconds that a browser without an engine is kept for the next. */
const IDLE = 500;
/** Tells the backend webgl to store numbers in 16 bits, to try what such a machine does. */
const HALF = 'BACKPROOF_WEBGL_16_BITS';

/** A browser that answers. */
export interface OpenPage {
  readonly host: PageHost;
  readonly device: Device;
}

const pages = new Map<BrowserBackend, Promise<OpenPage>>();
const idle = new Map<BrowserBackend, NodeJS.Timeout>();
onEnd(endAll);

/** @throws EngineUnavailableError if this backend cannot run here */
export function openPage(backend: BrowserBackend): Promise<OpenPage> {
  clearTimeout(idle.get(backend));
  let page = pages.get(backend);
  if (page === undefined) {
    page = start(backend);
    pages.set(backend, page);
    page.then(
      () => closeWhenIdle(backend),
      () => pages.delete(backend),
    );
  }
  return page;
}

/**
 * @throws EngineUnavailableError if this backend cannot run here
 * @throws UsageError or DataError on an invalid network
 */
export async function openInBrowser(backend: BrowserBackend, request: EngineRequest): Promise<Engine> {
  const { host, device } = await openPage(backend);
  clearTimeout(idle.get(backend));
  const { renderer, software, bits } = device;
  const told = {
    versions: { tfjs: device.tfjs, chromium: host.version },
    device: {
      renderer,
      ...(software !== null && { kind: software ? 'software' : 'hardware' }),
      precision: `${bits} bits`,
    },
  };
  return host.open(request, told, () => closeWhenIdle(backend));
}

/** Ends all browsers of this process. */
async function endAll(): Promise<void> {
  const open = [...pages.values()];
  for (const timer of idle.values()) clearTimeout(timer);
  pages.clear();
  await Promise.all(open.map((page) => page.then(({ host }) => host.close()).catch(() => {})));
}

function closeWhenIdle(backend: BrowserBackend): void {
  clearTimeout(idle.get(backend));
  const close = async (): Promise<void> => {
    const page = pages.get(backend);
    const { host } = (await page) ?? {};
    if (host === undefined || host.engines > 0 || pages.get(backend) !== page) return;
    pages.delete(backend);
    await host.close();
  };
  idle.set(
    backend,
    setTimeout(() => void close(), IDLE),
  );
}

async function start(backend: BrowserBackend): Promise<OpenPage> {
  const scripts = [...librariesOf(backend), await pageProgram()];
  let why = '';
  for (const kind of kindsToTry()) {
    const browser = await launch(backend, kind);
    try {
      const host = await PageHost.in(browser, scripts);
      const started = await host.start({
        backend,
        half: process.env[HALF] === '1',
        packed: process.env['PACKED'] === '1',
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
