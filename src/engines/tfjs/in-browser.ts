// Opens TensorFlow.js in a browser, in a page or a worker, or says why a backend is not available.
// A bundler serves what is imported here: nothing is loaded before it is asked for, and nothing
// from another address.
import { EngineUnavailableError } from '../../errors.ts';
import { inBrowser } from './backends.ts';
import type { BackendId } from './backends.ts';
import type { OpenBackend } from './open.ts';
import { bitsOf, setUpShaders } from './shaders.ts';

/** TensorFlow.js's backends in browsers. webgl and webgpu compute on the GPU. */
export const PAGE_BACKENDS = ['cpu', 'wasm', 'webgl', 'webgpu'] as const satisfies readonly BackendId[];
/** One of PAGE_BACKENDS. */
export type PageBackend = (typeof PAGE_BACKENDS)[number];

/** Where the three .wasm files of the wasm backend are, by their names. */
export type WasmPaths = Readonly<Record<string, string>>;

/**
 * @param wasmPaths where the files of the wasm backend are
 * @throws EngineUnavailableError if the browser does not have what the backend needs
 */
export async function openInBrowser(id: PageBackend, wasmPaths: WasmPaths): Promise<OpenBackend> {
  if (id === 'webgpu') await requireAdapter();
  const tf = await import('@tensorflow/tfjs');
  tf.env().set('PROD', true); // no advice on the console about faster backends
  if (id === 'wasm') (await import('@tensorflow/tfjs-backend-wasm')).setWasmPaths(wasmPaths);
  if (id === 'webgpu') await import('@tensorflow/tfjs-backend-webgpu'); // has the flags
  if (inBrowser(id)) setUpShaders(tf, id);
  const opened = await tf.setBackend(id).catch(() => false);
  if (!opened)
    throw new EngineUnavailableError(`this browser could not start TensorFlow.js's ${id} backend`, LACKS[id]);
  await tf.ready();
  const versions = { tfjs: tf.version_core };
  return { tf, id, tfjsName: id, versions, ...(inBrowser(id) && { bits: await bitsOf(tf, id) }) };
}

const LACKS: Record<PageBackend, string> = {
  cpu: 'reload the page',
  wasm: 'it needs WebAssembly; choose cpu',
  webgl: 'it needs WebGL, which is switched off or not supported here; choose wasm or cpu',
  webgpu: 'it needs WebGPU, which is switched off or not supported here; choose webgl, wasm or cpu',
};

/** Without one, TensorFlow.js would write to the console before it fails. */
async function requireAdapter(): Promise<void> {
  const { navigator } = globalThis as { navigator?: { gpu?: { requestAdapter(): Promise<unknown> } } };
  const adapter = (await navigator?.gpu?.requestAdapter().catch(() => null)) ?? null;
  if (adapter === null) throw new EngineUnavailableError('this browser offers no WebGPU adapter', LACKS.webgpu);
}
