// `npm run audit -- tfjs`: every registered gradient of TensorFlow.js, on every backend.
import { fileURLToPath } from 'node:url';
import { openBackend } from '../../../src/engines/tfjs/backend.ts';
import { inBrowser } from '../../../src/engines/tfjs/backends.ts';
import type { BrowserBackend } from '../../../src/engines/tfjs/backends.ts';
import { openPage } from '../../../src/engines/tfjs/browser/browser.ts';
import { bundlePage } from '../../../src/engines/tfjs/browser/bundle.ts';
import { AUDIT } from './asked.ts';
import type { Asked } from './asked.ts';
import { CASES } from './cases.ts';
import type { Case } from './case.ts';
import { checkCase } from './check.ts';
import type { Checked } from './check.ts';

export const BACKENDS = ['cpu', 'wasm', 'node', 'webgl', 'webgpu'] as const;
type Backend = (typeof BACKENDS)[number];

/** A backend that is open. */
interface Open {
  readonly version: string;
  /** What computes, in a browser. */
  readonly device?: string;
  check(one: Case): Promise<Checked>;
  close(): Promise<void>;
}

/** Checks all cases, or those of one registered gradient. */
export async function auditTfjs(
  say: (line: string) => void,
  only?: string,
  backends: readonly Backend[] = BACKENDS,
): Promise<{ version: string; found: Checked[]; devices: Record<string, string> }> {
  const found: Checked[] = [];
  const devices: Record<string, string> = {};
  let version = '';
  for (const backend of backends) {
    const open = inBrowser(backend) ? await inPage(backend) : await inNode(backend);
    say(`tfjs on ${backend}`);
    version = open.version;
    if (open.device !== undefined) devices[backend] = open.device;
    for (const one of CASES) if (only === undefined || one.gradient === only) found.push(await open.check(one));
    await open.close();
  }
  return { version, found, devices };
}

async function inNode(backend: Exclude<Backend, BrowserBackend>): Promise<Open> {
  const { tf } = await openBackend(backend);
  return { version: tf.version_core, check: (one) => checkCase(tf, backend, one), close: () => Promise.resolve() };
}

/** A page has its own cases, which are functions: they go by their index. */
async function inPage(backend: BrowserBackend): Promise<Open> {
  const program = await bundlePage(fileURLToPath(new URL('page.ts', import.meta.url)));
  const { host, device } = await openPage(backend);
  const release = host.hold();
  const unexpected = (error: Error): never => {
    throw error;
  };
  await host.load(program, { printed: () => {}, thrown: unexpected });
  const setUp = `${backend === 'webgl' ? 'packed textures off and ' : ''}small tensors not left to the cpu backend`;
  return {
    version: device.tfjs,
    device: `in Chromium ${host.version} on ${device.renderer}, with ${setUp}`,
    check: async (one) => (await host.call(AUDIT, { backend, index: CASES.indexOf(one) } satisfies Asked)) as Checked,
    async close() {
      release();
      await host.close();
    },
  };
}
