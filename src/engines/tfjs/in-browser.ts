// Opens TensorFlow.js in a browser, in a page or a worker, or says why a backend is not available.
// A bundler serves what is imported here: nothing is loaded before it is asked for, and nothing
// from another address.
import { EngineUnavailableError } from '../../errors.ts';
import type { OpenBackend, Tf } from './open.ts';

/** TensorFlow.js's backends in browsers. webgl and webgpu compute on the GPU. */
export const BROWSER_BACKENDS = ['cpu', 'wasm', 'webgl', 'webgpu'] as const;
/** One of BROWSER_BACKENDS. */
export type BrowserBackendId = (typeof BROWSER_BACKENDS)[number];

/** Where the three .wasm files of the wasm backend are, by their names. */
export type WasmPaths = Readonly<Record<string, string>>;

/**
 * @param wasmPaths where the files of the wasm backend are
 * @throws EngineUnavailableError if the browser does not have what the backend needs
 */
export async function openInBrowser(
  id: BrowserBackendId,
  wasmPaths: WasmPaths,
): Promise<OpenBackend<BrowserBackendId>> {
  if (id === 'webgpu') await requireAdapter();
  const tf = await load();
  if (id === 'wasm') (await import('@tensorflow/tfjs-backend-wasm')).setWasmPaths(wasmPaths);
  if (id === 'webgpu') await import('@tensorflow/tfjs-backend-webgpu');
  const opened = await tf.setBackend(id).catch(() => false);
  if (!opened)
    throw new EngineUnavailableError(`this browser could not start TensorFlow.js's ${id} backend`, LACKS[id]);
  await tf.ready();
  return { tf, id, tfjsName: id, versions: { tfjs: tf.version_core } };
}

const LACKS: Record<BrowserBackendId, string> = {
  cpu: 'reload the page',
  wasm: 'it needs WebAssembly; choose cpu',
  webgl: 'it needs WebGL, which is switched off or not supported here; choose wasm or cpu',
  webgpu: 'it needs WebGPU, which is switched off or not supported here; choose webgl, wasm or cpu',
};

async function load(): Promise<Tf> {
  const tf = await import('@tensorflow/tfjs');
  tf.env().set('PROD', true); // no advice on the console about faster backends
  return tf;
}

/** Without one, TensorFlow.js would write to the console before it fails. */
async function requireAdapter(): Promise<void> {
  const { navigator } = globalThis as { navigator?: { gpu?: { requestAdapter(): Promise<unknown> } } };
  const adapter = (await navigator?.gpu?.requestAdapter().catch(() => null)) ?? null;
  if (adapter === null) throw new EngineUnavailableError('this browser offers no WebGPU adapter', LACKS.webgpu);
}
