// The program of the page: TensorFlow.js's engine in a browser, asked from outside. `tf` is there
// already. Nothing here imports anything of Node.
import { Hosted } from '../../threads/hosted.ts';
import type { OpenBackend, Tf } from '../open.ts';
import { bitsOf, setUpShaders } from '../shaders.ts';
import { TfjsEngine } from '../tfjs-engine.ts';
import { answering, written } from './in-page.ts';
import { ASK, PART, START, TENSORS } from './messages.ts';
import type { Device, Part, Question, Start, Started } from './messages.ts';

/** What is used of the browser. */
interface Browser {
  readonly tf: Tf;
  readonly [PART]: (text: string) => Promise<void>;
  readonly navigator: { readonly gpu?: { requestAdapter(): Promise<Adapter | null> } };
}

interface Adapter {
  readonly info?: Readonly<Record<'vendor' | 'architecture' | 'device' | 'description', string>> & {
    readonly isFallbackAdapter?: boolean;
  };
}

const browser = globalThis as unknown as Browser;

let opened: OpenBackend | undefined;

const hosted = new Hosted(
  async ({ network, optimizer, options: { variant } }) => {
    if (opened === undefined) throw new Error('no backend was started');
    return new TfjsEngine(opened, network, optimizer, variant ?? null);
  },
  { now: () => performance.now(), rest: () => new Promise((resolve) => setTimeout(resolve)) },
);

answering(START, start);
answering<Question>(ASK, async (question) => {
  const { call } = question;
  const send = (part: unknown): void => void browser[PART](written({ call, part } satisfies Part));
  return (await hosted.answer(question, send)).value;
});
answering(TENSORS, () => browser.tf.memory().numTensors);

async function start({ backend, half, packed }: Start): Promise<Started> {
  const { tf } = browser;
  tf.env().set('PROD', true);
  setUpShaders(tf, backend, { packed, half });
  try {
    const { renderer, software } = backend === 'webgl' ? rendererOf(tf) : await adapterOf();
    if (!(await tf.setBackend(backend))) return { reason: 'TensorFlow.js could not start it' };
    await tf.ready();
    const device: Device = { tfjs: tf.version_core, renderer, software, bits: await bitsOf(tf, backend) };
    opened = { tf, id: backend, tfjsName: backend, versions: { tfjs: device.tfjs }, bits: device.bits };
    return { device };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

type Found = Pick<Device, 'renderer' | 'software'>;

/** @throws Error where there is no WebGL */
function rendererOf(tf: Tf): Found {
  const canvas = new (
    globalThis as unknown as { OffscreenCanvas: new (w: number, h: number) => Canvas }
  ).OffscreenCanvas(1, 1);
  const gl = canvas.getContext(tf.env().getNumber('WEBGL_VERSION') === 2 ? 'webgl2' : 'webgl');
  if (gl === null) throw new Error('this browser has no WebGL');
  const UNMASKED_RENDERER_WEBGL = 0x9246; // of WEBGL_debug_renderer_info
  const named = gl.getExtension('WEBGL_debug_renderer_info') !== null;
  const renderer = String(named ? gl.getParameter(UNMASKED_RENDERER_WEBGL) : 'unknown');
  gl.getExtension('WEBGL_lose_context')?.loseContext?.();
  return { renderer, software: named ? /swiftshader|llvmpipe|softpipe|basic render/i.test(renderer) : null };
}

interface Canvas {
  getContext(kind: string): {
    getExtension(name: string): { loseContext?: () => void } | null;
    getParameter(name: number): unknown;
  } | null;
}

/** @throws Error where there is no WebGPU */
async function adapterOf(): Promise<Found> {
  const adapter = (await browser.navigator.gpu?.requestAdapter()) ?? null;
  if (adapter === null)
    throw new Error(`this browser has no ${browser.navigator.gpu === undefined ? 'WebGPU' : 'WebGPU adapter'}`);
  const { info } = adapter;
  const words = [info?.description, info?.vendor, info?.architecture, info?.device].filter(
    (word) => (word ?? '') !== '',
  );
  const renderer = words.length === 0 ? 'unknown' : [...new Set(words)].join(' ');
  return {
    renderer,
    software: info === undefined ? null : info.isFallbackAdapter === true || /swiftshader|llvmpipe/i.test(renderer),
  };
}
