// tfjs-node's native binding: builds it with node-gyp in a temporary folder, tries it, and puts it into place.
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { findNodeHeaders, type Python, type TfjsNode } from './machine.ts';
import { complaint, EXIT, Failure, run } from './process.ts';
import { LIBRARIES, TRIED_VERSION } from './wheel.ts';

/** The highest Node-API version tfjs-node names: Node 20 and later all look for the binding under it. */
const NAPI_VERSION = 8;
const BINDING = `lib/napi-v${NAPI_VERSION}/tfjs_binding.node`;

/** Run by plain node in a process of its own: a library that does not fit this machine ends the process it is loaded in. */
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

/** Computes the gradient of a matrix product on the native backend, with the binding in place or the one named. */
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
  if (result.backend !== 'tensorflow') return failed(`the backend in force is ${result.backend}, expected tensorflow`);
  if (!result.correct) return failed('the gradient of a matrix product comes out wrong');
  return result;
}

/** A work folder beside the package: on the same disk, so that renaming suffices, and hidden, so that npm passes it by. */
export function createWorkFolder(tfjsNode: TfjsNode): string {
  const parent = dirname(tfjsNode.folder);
  const prefix = `.${basename(tfjsNode.folder)}-setup-`;
  for (const name of readdirSync(parent).filter((name) => name.startsWith(prefix))) {
    if (!isRunning(Number(name.slice(prefix.length)))) rmSync(join(parent, name), { recursive: true, force: true });
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

/** Lays libraries, headers and sources out as binding.gyp expects them. */
export function layOutSources(tfjsNode: TfjsNode, unpacked: string, stage: string): void {
  mkdirSync(join(stage, 'deps/lib'), { recursive: true });
  for (const library of LIBRARIES) renameSync(join(unpacked, library), join(stage, 'deps/lib', basename(library)));
  // The names the linker is told; what the binding then asks for at run time is the name each library has inside.
  symlinkSync('libtensorflow_cc.so.2', join(stage, 'deps/lib/libtensorflow.so'));
  symlinkSync('libtensorflow_framework.so.2', join(stage, 'deps/lib/libtensorflow_framework.so'));
  renameSync(join(unpacked, 'tensorflow/include'), join(stage, 'deps/include'));
  for (const source of ['binding.gyp', 'binding']) {
    cpSync(join(tfjsNode.folder, source), join(stage, source), { recursive: true });
  }
}

/** Compiles the binding in the stage; answers with its path. */
export async function buildBinding(stage: string, python: Python, nodeHeaders = findNodeHeaders()): Promise<string> {
  const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
  const common = [`--python=${python.program}`, ...(nodeHeaders === undefined ? [] : [`--nodedir=${nodeHeaders}`])];
  if (nodeHeaders === undefined) await fetchNodeHeaders(nodeGyp, stage);
  // What node-pre-gyp would pass: binding.gyp takes these as given.
  const variables = [
    '--module_name=tfjs_binding',
    `--module_path=${join(stage, dirname(BINDING))}`,
    `--napi_build_version=${NAPI_VERSION}`,
  ];
  const answer = await run(process.execPath, [nodeGyp, 'rebuild', ...common, ...variables], { cwd: stage });
  const binding = join(stage, BINDING);
  if (answer.code !== 0 || !existsSync(binding)) {
    const said = complaint(answer, /\berror:|\*\*\*|gyp ERR! stack/);
    throw new Failure(
      `node-gyp could not build the binding: try --tensorflow ${TRIED_VERSION} (it said: ${said})`,
      EXIT.internal,
    );
  }
  return binding;
}

async function fetchNodeHeaders(nodeGyp: string, cwd: string): Promise<void> {
  const answer = await run(process.execPath, [nodeGyp, 'install', '--ensure'], { cwd });
  if (answer.code === 0) return;
  const said = complaint(answer, /gyp ERR! stack/).replace('gyp ERR! stack ', '');
  throw new Failure(
    `no Node headers beside ${process.execPath} (include/node/node_api.h), and node-gyp could not fetch them (${said}): use a Node installed with its headers, or name a folder that has them in npm_config_nodedir`,
  );
}

/** Renames the staged folders into the package; answers with their size in bytes. */
export function putIntoPlace(stage: string, tfjsNode: TfjsNode): number {
  rmSync(join(stage, 'deps/include'), { recursive: true, force: true });
  const bytes = sizeOf(join(stage, 'deps')) + sizeOf(join(stage, 'lib'));
  // The binding leaves first and arrives last: whatever ends the process in between, there is a whole one or none.
  for (const name of ['lib', 'deps']) {
    if (existsSync(join(tfjsNode.folder, name))) renameSync(join(tfjsNode.folder, name), join(stage, `old-${name}`));
  }
  for (const name of ['deps', 'lib']) renameSync(join(stage, name), join(tfjsNode.folder, name));
  return bytes;
}

function sizeOf(path: string): number {
  const found = lstatSync(path);
  if (!found.isDirectory()) return found.isFile() ? found.size : 0;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
