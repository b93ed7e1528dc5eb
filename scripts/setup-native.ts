// `npm run setup:native`: makes @tensorflow/tfjs-node work with the current TensorFlow. npm's install scripts are off
// here, and tfjs-node itself would download a TensorFlow from 2022. So this takes the libraries and headers from the
// tensorflow-cpu wheel and builds tfjs-node's binding against them. It changes nothing until the binding works.
import { rmSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import {
  buildBinding,
  createWorkFolder,
  layOutDependencies,
  type Probe,
  probeBinding,
  putIntoPlace,
} from './setup-native/binding.ts';
import { findTfjsNode, requireMachine, type TfjsNode } from './setup-native/machine.ts';
import { EXIT, Failure, interruption, oneLine } from './setup-native/process.ts';
import { chooseWheel, downloadWheel, unpackWheel, verifyChecksum } from './setup-native/wheel.ts';

const USAGE = `usage: npm run setup:native -- [--check | --force] [--tensorflow VERSION]
  --check               only report whether native TensorFlow works (exit code 0) or not (3)
  --force               build again even if it works
  --tensorflow VERSION  use this version of the tensorflow-cpu wheel instead of the newest
exit codes: 0 works, 2 bad usage, 3 something is missing, 4 internal error`;

export interface Options {
  readonly check: boolean;
  readonly force: boolean;
  readonly help: boolean;
  readonly tensorflow: string | undefined;
}

export function parseOptions(args: readonly string[]): Options {
  try {
    const flag = { type: 'boolean', default: false } as const;
    const options = { check: flag, force: flag, help: flag, tensorflow: { type: 'string' } } as const;
    const { values } = parseArgs({ args: [...args], options });
    if (values.check && values.force) throw new Error('--check and --force cannot be combined');
    const { tensorflow } = values;
    if (tensorflow !== undefined && !/^\d+(\.\w+)+$/.test(tensorflow)) {
      throw new Error(`--tensorflow: expected a version such as 2.21.0, got "${tensorflow}"`);
    }
    return { check: values.check, force: values.force, help: values.help, tensorflow };
  } catch (cause) {
    throw new Failure(`${oneLine((cause as Error).message)} (--help lists the options)`, EXIT.usage);
  }
}

async function main(options: Options): Promise<number> {
  if (options.help) {
    say(USAGE);
    return EXIT.works;
  }
  const tfjsNode = findTfjsNode();
  const present = await probeBinding(tfjsNode);
  const isOther = !options.check && options.tensorflow !== undefined && options.tensorflow !== present.version;
  if (present.problem === undefined && !options.force && !isOther) {
    say(`${describe(present, tfjsNode)}${options.check ? '' : '; nothing to do (--force rebuilds it)'}`);
    return EXIT.works;
  }
  if (options.check) {
    throw new Failure(`native TensorFlow does not work (${present.problem ?? ''}): run npm run setup:native`);
  }
  await setUp(tfjsNode, options.tensorflow);
  return EXIT.works;
}

async function setUp(tfjsNode: TfjsNode, version: string | undefined): Promise<void> {
  const machine = await requireMachine(tfjsNode);
  const { python, compiler } = machine;
  say(`setting up @tensorflow/tfjs-node ${tfjsNode.version}`);
  say(`  Node ${process.versions.node}, Python ${python.version}, pip ${python.pip}, compiler ${compiler}`);
  const work = createWorkFolder(tfjsNode);
  try {
    const wheel = await step('asking pip for tensorflow-cpu', () => chooseWheel(python, work, version));
    say(`  version ${wheel.version}, ${wheel.fileName}`);
    const file = await step('downloading it (some 270 MB)', () => downloadWheel(python, work, wheel));
    const downloaded = await step('checking its SHA-256', () => verifyChecksum(file, wheel.sha256));
    say(`  ${megabytes(downloaded)}, ${wheel.sha256} as pip reported`);
    const unpacked = await step('unpacking libraries and headers', () => unpackWheel(python, file, work));
    say(`  ${unpacked.taken} of ${unpacked.members} files, ${megabytes(unpacked.bytes)}`);
    layOutDependencies(work, work);
    const binding = await step('building the binding with node-gyp', () => buildBinding(tfjsNode, work, machine));
    requireWorking(await step('testing it', () => probeBinding(tfjsNode, binding)));
    say(`installing it: ${megabytes(putIntoPlace(work, tfjsNode))} on disk`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  const final = await probeBinding(tfjsNode);
  requireWorking(final);
  say(describe(final, tfjsNode));
}

async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  process.stdout.write(`${what} ... `);
  const start = performance.now();
  try {
    const result = await work();
    say(`${((performance.now() - start) / 1000).toFixed(1)} s`);
    return result;
  } catch (cause) {
    say('stopped');
    throw cause;
  }
}

function requireWorking(probe: Probe): void {
  if (probe.problem === undefined) return;
  throw new Failure(`the binding was built but does not work: ${probe.problem}`, EXIT.internal);
}

function describe(probe: Probe, tfjsNode: TfjsNode): string {
  const time = `gradient of a matrix product in ${probe.milliseconds.toFixed(0)} ms`;
  return `native TensorFlow works: TensorFlow ${probe.version}, tfjs-node ${tfjsNode.version}, ${time}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function say(line: string): void {
  console.log(line);
}

async function runAsProgram(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort());
  try {
    process.exitCode = await main(parseOptions(process.argv.slice(2)));
  } catch (cause) {
    const known = cause instanceof Failure;
    console.error(`setup:native: ${known ? cause.message : oneLine(String(cause))}`);
    process.exitCode = known ? cause.exitCode : EXIT.internal;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runAsProgram();
