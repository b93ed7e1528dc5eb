// Loads native TensorFlow, whose library of several hundred MB takes longer to load than everything
// else that a short run loads.
import { createRequire } from 'node:module';
import * as os from 'node:os';
import { dirname, join } from 'node:path';
import * as util from 'node:util';
import { SHARE_ENV, Worker, isMainThread } from 'node:worker_threads';

const require = createRequire(import.meta.url);
const { dlopen } = process;

const PACKAGE = '@tensorflow/tfjs-node';

/** The library, as TensorFlow's own releases and as its Python packages call it. */
const LIBRARIES = ['libtensorflow.so.2', 'libtensorflow_cc.so.2'];

/** RTLD_NODELETE of dlfcn.h, which node:os does not name. */
const STAY: Partial<Record<NodeJS.Platform, number>> = { linux: 0x1000, darwin: 0x80 };

/** @throws Error if the package or its binding is missing or cannot be loaded */
export function loadNative(threads?: number): void {
  const compatibility = util as { isNullOrUndefined?: unknown };
  if (compatibility.isNullOrUndefined === undefined) restoreIsNullOrUndefined();
  setEnvironment();
  if (threads !== undefined) {
    process.env['TF_NUM_INTRAOP_THREADS'] = String(threads);
    process.env['TF_NUM_INTEROP_THREADS'] = String(threads);
  }
  try {
    if (!isMainThread) process.dlopen = dlopenForGood;
    findingItsBinding(() => void require(PACKAGE));
  } finally {
    process.dlopen = dlopen;
  }
}

/** What its package.json says of the binding. */
interface Manifest {
  readonly binary: { readonly module_name: string; readonly module_path: string; readonly napi_versions: number[] };
}

/**
 * The package asks node-pre-gyp where its binding is, which loads a hundred files to tell. Where it
 * is the place that package.json names, it is told here.
 */
function findingItsBinding(load: () => void): void {
  const known = whereItIs();
  if (known === null || require.cache[known.finder] !== undefined) {
    load();
    return;
  }
  require.cache[known.finder] = { exports: { find: () => known.binding }, loaded: true } as NodeJS.Module;
  try {
    load();
  } finally {
    delete require.cache[known.finder];
  }
}

/** The finder's file and the binding's; null if one is missing: that is left to the package. */
function whereItIs(): { finder: string; binding: string } | null {
  try {
    const manifest = require.resolve(`${PACKAGE}/package.json`);
    const { binary } = require(manifest) as Manifest;
    const version = Math.max(...binary.napi_versions.filter((one) => one <= Number(process.versions['napi'])));
    const folder = binary.module_path.replace('{napi_build_version}', String(version));
    const binding = join(dirname(manifest), folder, `${binary.module_name}.node`);
    return { finder: createRequire(manifest).resolve('@mapbox/node-pre-gyp'), binding: require.resolve(binding) };
  } catch {
    return null;
  }
}

let ahead = false;

/**
 * Starts to load the library in a thread, once per process, so that `loadNative` finds it loaded.
 * Does nothing where it is not installed, and reports no error: `loadNative` will.
 */
export function loadNativeAhead(): void {
  if (ahead || process.platform !== 'linux') return;
  ahead = true;
  const files = libraryFiles();
  if (files.length === 0) return;
  setEnvironment();
  const flags = os.constants.dlopen.RTLD_LAZY | (STAY.linux ?? 0);
  const thread = new Worker(LOAD_LIBRARY, { eval: true, workerData: { files, flags }, execArgv: [], env: SHARE_ENV });
  thread.on('error', () => {});
  thread.unref();
}

/** One of the files is there: Node loads it, then complains that it is not a binding of its own. */
const LOAD_LIBRARY = `
  const { files, flags } = require('node:worker_threads').workerData;
  for (const file of files) try { process.dlopen({ exports: {} }, file, flags); } catch {}
`;

function libraryFiles(): readonly string[] {
  try {
    const folder = join(dirname(require.resolve(`${PACKAGE}/package.json`)), 'deps/lib');
    return LIBRARIES.map((name) => join(folder, name));
  } catch {
    return []; // not installed
  }
}

/** The library reads these while it loads. */
function setEnvironment(): void {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  // Plain Eigen kernels: for these sizes faster than oneDNN's here, equal on every x64 processor,
  // and without oneDNN's notice on stderr.
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '0';
}

/**
 * Node unloads a binding when its thread ends, but TensorFlow's own threads may still free tensors
 * through it.
 */
function dlopenForGood(...[module, file, flags = os.constants.dlopen.RTLD_LAZY]: Parameters<typeof dlopen>): void {
  dlopen.call(process, module, file, flags | (STAY[process.platform] ?? 0));
}

/** tfjs-node 4.22.0 calls util.isNullOrUndefined, which Node 23 removed. */
function restoreIsNullOrUndefined(): void {
  const commonJsUtil = require('node:util') as Record<string, unknown>;
  commonJsUtil['isNullOrUndefined'] = (value: unknown) => value === null || value === undefined;
}
