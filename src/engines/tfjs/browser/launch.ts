// Finds an installed Chromium or Chrome and starts it. playwright-core drives it; it is an optional
// package and loaded only here.
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import type * as Playwright from 'playwright-core';
import type { Browser, LaunchOptions } from 'playwright-core';
import { isFile, isThere } from '../../../data/files/read-text.ts';
import { EngineUnavailableError } from '../../../errors.ts';
import type { BrowserBackend } from '../backends.ts';

/** Names that Linux distributions give it. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
/** What playwright-core looks for in the usual places of every system, if none of them is there. */
const CHANNEL = 'chrome';
/** Names the executable. */
const EXECUTABLE = 'BACKPROOF_CHROME';
/** Which processor is to compute: auto, hardware or software. */
const PROCESSOR = 'BACKPROOF_GPU';

const DRIVER = 'playwright-core@1';

/** Whether graphics hardware computes, or the processor in its place. */
export type Kind = 'hardware' | 'software';

/** What is tried, the first first: hardware, unless there is none to be seen. */
export function kindsToTry(): readonly Kind[] {
  const wanted = process.env[PROCESSOR] ?? 'auto';
  if (wanted === 'hardware' || wanted === 'software') return [wanted];
  if (wanted !== 'auto')
    throw new EngineUnavailableError(`${PROCESSOR}: expected auto, hardware or software, got "${wanted}"`);
  const isBare = process.platform === 'linux' && !['/dev/dri', '/dev/nvidia0', '/dev/dxg', '/dev/kfd'].some(isThere);
  return isBare ? ['software'] : ['hardware', 'software'];
}

/** What the browser is started with. Software takes the place of hardware where they say so. */
export const FLAGS: Readonly<Record<BrowserBackend, Readonly<Record<Kind, readonly string[]>>>> = {
  webgl: {
    hardware: ['--ignore-gpu-blocklist'],
    software: ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
  },
  webgpu: {
    hardware: [
      '--enable-unsafe-webgpu',
      '--ignore-gpu-blocklist',
      ...(process.platform === 'linux' ? ['--enable-features=Vulkan'] : []),
    ],
    software: [
      '--enable-unsafe-webgpu',
      '--enable-unsafe-swiftshader',
      '--use-webgpu-adapter=swiftshader',
      '--enable-features=Vulkan',
      '--use-vulkan=swiftshader',
    ],
  },
};

/** @throws EngineUnavailableError where there is no browser, or no playwright-core */
export async function launch(backend: BrowserBackend, kind: Kind): Promise<Browser> {
  const { chromium } = await driver(backend);
  const options: LaunchOptions = {
    ...place(),
    headless: true,
    args: [...FLAGS[backend][kind], '--disable-background-networking', '--no-first-run'],
    // the program has its own way to end; the driver still ends the browser with the process
    ...{ handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false },
  };
  try {
    return await chromium.launch(options);
  } catch (error) {
    throw noBrowser(backend, options, error);
  }
}

async function driver(backend: BrowserBackend): Promise<typeof Playwright> {
  try {
    createRequire(import.meta.url).resolve('playwright-core');
  } catch {
    throw new EngineUnavailableError(
      `the tfjs ${backend} backend runs in a browser, and playwright-core, which drives it, is not installed`,
      `npm install ${DRIVER}`,
    );
  }
  return import('playwright-core');
}

function place(): LaunchOptions {
  const given = process.env[EXECUTABLE];
  if (given !== undefined && given !== '') return { executablePath: given };
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isFile);
  return found === undefined ? { channel: CHANNEL } : { executablePath: found };
}

function noBrowser(backend: BrowserBackend, { executablePath }: LaunchOptions, error: unknown): Error {
  const [line] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
  const what =
    executablePath === undefined
      ? 'no Chromium or Chrome is installed'
      : `${executablePath} does not start: ${line.replace(/^.*?: /, '')}`;
  return new EngineUnavailableError(
    `the tfjs ${backend} backend is not available: ${what}`,
    `install one (apt-get install chromium), or name one: ${EXECUTABLE}=/path/to/chrome`,
  );
}
