// Opens TensorFlow.js on one of its backends, or says why a backend is not available.
//
// TensorFlow.js has one active backend per process. Each engine therefore activates its own before
// each call.
import { createRequire } from 'node:module';
import { EngineUnavailableError, UsageError } from '../../errors.ts';
import { BACKENDS, howToInstall, inBrowser } from './backends.ts';
import type { BackendChoice, BackendId, BrowserBackend } from './backends.ts';
import { loadNative } from './native.ts';
import type { OpenBackend, Tf } from './open.ts';

type InNode = Exclude<BackendId, BrowserBackend>;

/** The names of these backends inside TensorFlow.js. */
const TFJS_NAME: Record<InNode, string> = { node: 'tensorflow', wasm: 'wasm', cpu: 'cpu' };

const require = createRequire(import.meta.url);

/** The call before: TensorFlow.js answers false to one of two that start a backend at once. */
let last: Promise<unknown> = Promise.resolve();

/**
 * @param threads threads of native TensorFlow; only the first call in a process can set them
 * @throws EngineUnavailableError if the named backend is not available
 * @throws UsageError if there is no such backend
 */
export function openBackend(choice: BackendChoice, threads?: number): Promise<OpenBackend> {
  const opened = last.then(() => openNow(choice, threads));
  last = opened.catch(() => {}); // the caller gets the error
  return opened;
}

async function openNow(choice: BackendChoice, threads?: number): Promise<OpenBackend> {
  if (!BACKENDS.includes(choice)) {
    throw new UsageError(`unknown backend "${String(choice)}"`, `choose one of ${BACKENDS.join(', ')}`);
  }
  if (inBrowser(choice)) throw new UsageError(`the tfjs ${choice} backend runs in a browser only`, 'use --backend cpu');
  if (choice !== 'auto') return open(choice, threads);
  let why: EngineUnavailableError | undefined;
  for (const id of ['node', 'wasm', 'cpu'] as const) {
    try {
      return await open(id, threads);
    } catch (error) {
      if (!(error instanceof EngineUnavailableError)) throw error;
      why = error;
    }
  }
  throw why ?? new EngineUnavailableError('no TensorFlow.js backend could be loaded');
}

async function open(id: InNode, threads?: number): Promise<OpenBackend> {
  const tf = loadTf();
  if (id === 'node') openNative(threads);
  if (id === 'wasm') loadWasm();
  const tfjsName = TFJS_NAME[id];
  const opened = await tf.setBackend(tfjsName).catch(() => false);
  if (!opened) throw new EngineUnavailableError(`the tfjs ${id} backend failed to start`, 'use --backend cpu');
  const versions = { tfjs: tf.version_core, ...(id === 'node' && { tensorflow: nativeVersion(tf) }) };
  return { tf, id, tfjsName, versions };
}

function loadTf(): Tf {
  if (!isInstalled('@tensorflow/tfjs')) {
    const how = `${howToInstall('cpu', 'wasm')} (or use --reference wasm)`;
    throw new EngineUnavailableError('TensorFlow.js is not installed', how);
  }
  const tf = require('@tensorflow/tfjs') as Tf;
  tf.env().set('PROD', true); // no advice on the console about faster backends
  return tf;
}

function loadWasm(): void {
  if (!isInstalled('@tensorflow/tfjs-backend-wasm')) {
    throw new EngineUnavailableError(
      'the tfjs wasm backend is not installed',
      `${howToInstall('wasm')} (or use --backend cpu)`,
    );
  }
  require('@tensorflow/tfjs-backend-wasm');
}

/** TensorFlow.js is an optional peer dependency: users who do not need it need not install it. */
function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

function openNative(threads?: number): void {
  try {
    loadNative(threads);
  } catch (error) {
    throw new EngineUnavailableError(
      `the tfjs node backend is not available: ${firstLine(error)}`,
      howToGetNative(error),
    );
  }
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes('tfjs_binding.node')) return 'its native binding (tfjs_binding.node) is not built';
  return message.split('\n', 1)[0];
}

function howToGetNative(error: unknown): string {
  const missing = error instanceof Error && (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND';
  return missing && error.message.includes("'@tensorflow/tfjs-node'")
    ? `${howToInstall('node')}, then build its binding; or use --backend wasm`
    : 'run: npm run setup:native (or use --backend wasm)';
}

function nativeVersion(tf: Tf): string {
  const backend = tf.backend() as { binding?: { TF_Version?: string } };
  return backend.binding?.TF_Version ?? 'unknown';
}
