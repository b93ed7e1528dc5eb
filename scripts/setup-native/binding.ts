// tfjs-node's native binding: builds it with node-gyp in a temporary folder, tests it, and installs it.
import {
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { findNodeGyp, type Machine, type TfjsNode } from './machine.ts';
import { complaint, EXIT, Failure, run } from './process.ts';
import { LIBRARIES, TRIED_VERSION } from './wheel.ts';

/** The highest Node-API version that tfjs-node names; Node 20 and later look for the binding under it. */
const NAPI_VERSION = 8;
const BINDING = `lib/napi-v${NAPI_VERSION}/tfjs_binding.node`;

/** Runs in a process of its own, because a library that does not fit this machine ends the process that loads it. */
const PROBE = `
const [manifest, staged] = process.argv.slice(1);
require('node:util').isNullOrUndefined ??= (value) => value == null; // tfjs-node calls it, Node 23 removed it
const load = require('node:module').createRequire(manifest);
if (staged) load('@mapbox/node-pre-gyp/lib/pre-binding.js').find = () => staged; // what tfjs-node asks for its path
const tf = load('.');
const start = performance.now();
const gradient = tf.grads((a, b) => tf.matMul(a, b).sum());
const found = gradient([tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 8]])]).map((t) => t.arraySync());
const milliseconds = performance.now() - start;
const correct = JSON.stringify(found) === '[[[11,15],[11,15]],[[4,4],[6,6]]]';
const { binding } = tf.backend();
console.log('\\n' + JSON.stringify({ backend: tf.getBackend(), version: binding?.TF_Version, correct, milliseconds }));
`;

export interface Probe {
  /** Why it does not work; undefined when it does. */
  readonly problem?: string;
  readonly version: string;
  readonly milliseconds: number;
}

/** Computes the gradient of a matrix product on the native backend, with the installed binding or `stagedBinding`. */
export async function probeBinding(tfjsNode: TfjsNode, stagedBinding = ''): Promise<Probe> {
  const manifest = join(tfjsNode.folder, 'package.json');
  const answer = await run(process.execPath, ['-e', PROBE, manifest, stagedBinding], {
    env: { TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  const failed = (problem: string): Probe => ({ problem, version: 'unknown', milliseconds: 0 });
  if (answer.signal === 'SIGILL') return failed('TensorFlow needs a processor with AVX instructions (SIGILL)');
  if (answer.code !== 0) return failed(complaint(answer, /^\w*Error: /));
  const result = JSON.parse(answer.stdout.trim().split('\n').at(-1) ?? '') as Probe & {
    backend: string;
    correct: boolean;
  };
  if (result.backend !== 'tensorflow') return failed(`the active backend is ${result.backend}, expected tensorflow`);
  if (!result.correct) return failed('the gradient of a matrix product is wrong');
  return result;
}

/** A work folder beside the package: on the same disk, so that renaming suffices, and hidden, so that npm ignores it. */
export function createWorkFolder(tfjsNode: TfjsNode): string {
  const parent = dirname(tfjsNode.folder);
  const prefix = `.${basename(tfjsNode.folder)}-setup-`;
  for (const name of readdirSync(parent).filter((name) => name.startsWith(prefix))) {
    const owner = Number(name.slice(prefix.length)); // in a container, an earlier run may have had this one's number
    const isLeftOver = owner === process.pid || !isRunning(owner);
    if (isLeftOver) rmSync(join(parent, name), { recursive: true, force: true });
  }
  const folder = join(parent, `${prefix}${process.pid}`);
  mkdirSync(folder);
  return folder;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Arranges libraries and headers as binding.gyp expects them. */
export function layOutDependencies(unpacked: string, stage: string): void {
  const libraries = join(stage, 'deps/lib');
  mkdirSync(libraries, { recursive: true });
  for (const library of LIBRARIES) renameSync(join(unpacked, library), join(libraries, basename(library)));
  // Names for the linker; at run time the binding asks for the name stored in each library.
  symlinkSync('libtensorflow_cc.so.2', join(libraries, 'libtensorflow.so'));
  symlinkSync('libtensorflow_framework.so.2', join(libraries, 'libtensorflow_framework.so'));
  renameSync(join(unpacked, 'tensorflow/include'), join(stage, 'deps/include'));
}

/** Compiles the binding into the stage. @returns its path */
export async function buildBinding(tfjsNode: TfjsNode, stage: string, machine: Machine): Promise<string> {
  // Not built in the stage itself: node-gyp's makefiles do not allow a space in the path, and a project's path may have one.
  const folder = mkdtempSync(join(tmpdir(), 'tfjs-node-build-'));
  try {
    for (const source of ['binding.gyp', 'binding']) {
      cpSync(join(tfjsNode.folder, source), join(folder, source), { recursive: true });
    }
    symlinkSync(join(stage, 'deps'), join(folder, 'deps'));
    await runNodeGyp(folder, machine);
    mkdirSync(join(stage, dirname(BINDING)), { recursive: true });
    copyFileSync(join(folder, BINDING), join(stage, BINDING));
    return join(stage, BINDING);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runNodeGyp(folder: string, { python, nodeHeaders }: Machine): Promise<void> {
  const args = [
    'rebuild',
    `--python=${python.program}`,
    ...(nodeHeaders === undefined ? [] : [`--nodedir=${nodeHeaders}`]),
    // binding.gyp relies on these; node-pre-gyp would pass them.
    '--module_name=tfjs_binding',
    `--module_path=${join(folder, dirname(BINDING))}`,
    `--napi_build_version=${NAPI_VERSION}`,
  ];
  const answer = await run(process.execPath, [findNodeGyp(), ...args], { cwd: folder });
  if (answer.code === 0 && existsSync(join(folder, BINDING))) return;
  const said = complaint(answer, /\berror:|\*\*\*|gyp ERR! stack/);
  throw new Failure(
    `node-gyp could not build the binding (${said}): check the compiler (C++17 is needed), or try --tensorflow ${TRIED_VERSION}, which is known to build`,
    EXIT.internal,
  );
}

/** Renames the staged folders into the package. @returns their size in bytes */
export function putIntoPlace(stage: string, tfjsNode: TfjsNode): number {
  rmSync(join(stage, 'deps/include'), { recursive: true, force: true });
  const bytes = sizeOf(join(stage, 'deps')) + sizeOf(join(stage, 'lib'));
  // The binding is removed first and added last, so that an interruption leaves a whole one or none.
  for (const name of ['lib', 'deps']) rmSync(join(tfjsNode.folder, name), { recursive: true, force: true });
  for (const name of ['deps', 'lib']) renameSync(join(stage, name), join(tfjsNode.folder, name));
  return bytes;
}

function sizeOf(path: string): number {
  const found = lstatSync(path);
  if (!found.isDirectory()) return found.isFile() ? found.size : 0;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
