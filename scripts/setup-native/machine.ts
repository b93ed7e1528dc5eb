// Checks what this machine needs before anything is downloaded. A failed check says in one line what is missing and how
// to get it.
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Failure, findOnPath, run } from './process.ts';

/** Measured: at most 1.13 GB for wheel and unpacked libraries together; pip may keep another copy of the wheel. */
export const NEEDED_BYTES = 1.6e9;

export interface TfjsNode {
  readonly folder: string;
  readonly version: string;
}

export interface Python {
  readonly program: string;
  /** For example 3.11; a wheel is made for one minor version. */
  readonly version: string;
  readonly pip: string;
}

export interface Machine {
  readonly python: Python;
  readonly compiler: string;
  /** The folder to pass to node-gyp; undefined if node-gyp fetched the headers itself. */
  readonly nodeHeaders: string | undefined;
}

export async function requireMachine(tfjsNode: TfjsNode): Promise<Machine> {
  requirePlatform(process.platform, process.arch, hasGlibc());
  const python = await requirePython();
  const compiler = requireCompiler();
  await requireRoom(tfjsNode.folder);
  return { python, compiler, nodeHeaders: await requireNodeHeaders() };
}

/** The installed package, with links resolved, because a package manager may keep it elsewhere. */
export function findTfjsNode(from: string | URL = import.meta.url): TfjsNode {
  const load = createRequire(from);
  try {
    const manifest = load.resolve('@tensorflow/tfjs-node/package.json');
    const { version } = load(manifest) as { version: string };
    return { folder: realpathSync(dirname(manifest)), version };
  } catch {
    throw new Failure(
      '@tensorflow/tfjs-node is not installed, and the native binding goes into its folder: run npm ci first',
    );
  }
}

export function requirePlatform(platform: string, architecture: string, hasGlibc: boolean): void {
  if (platform === 'linux' && architecture === 'x64' && hasGlibc) return;
  const here = `${platform} ${architecture}${platform === 'linux' && !hasGlibc ? ' without glibc' : ''}`;
  throw new Failure(
    `this machine is ${here}, but this setup supports only Linux x64 with glibc: use the wasm backend, which needs no setup`,
  );
}

function hasGlibc(): boolean {
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime !== undefined;
}

export async function requirePython(path?: string): Promise<Python> {
  const program = findOnPath('python3', path);
  if (program === undefined) {
    throw new Failure(
      'no python3 on PATH: install Python 3.10 or later with pip (Debian: apt-get install python3-pip)',
    );
  }
  const answer = await run(program, ['-m', 'pip', '--version']);
  const version = /^pip (\S+) .*\(python (\d+\.\d+)\)/m.exec(answer.stdout);
  if (answer.code !== 0 || version?.[1] === undefined || version[2] === undefined) {
    throw new Failure(
      'python3 on PATH has no pip: install it (Debian: apt-get install python3-pip; else python3 -m ensurepip)',
    );
  }
  return { program, pip: version[1], version: version[2] };
}

/** The C++ compiler that node-gyp's makefile will call: $CXX, else g++. */
export function requireCompiler(cxx: string | undefined = process.env['CXX'], path?: string): string {
  const compiler = cxx?.trim() ? cxx.trim() : 'g++';
  const program = compiler.split(/\s+/).at(-1) ?? compiler; // CXX may hold a launcher first, as in "ccache g++"
  const missing = [program, 'make'].filter((name) => !existsSync(name) && findOnPath(name, path) === undefined);
  if (missing.length > 0) {
    throw new Failure(
      `no ${missing.join(' and no ')} on PATH, but the binding must be compiled: install a C++ compiler and make (Debian: apt-get install g++ make), or name another compiler in CXX`,
    );
  }
  return program;
}

/** The folder whose include/node holds Node's headers; undefined leaves it to node-gyp to fetch them. */
export function findNodeHeaders(
  execPath: string = process.execPath,
  configured: string | undefined = process.env['npm_config_nodedir'],
): string | undefined {
  const prefixes = [dirname(dirname(realpathSync(execPath))), configured];
  return prefixes.find((prefix) => prefix && existsSync(join(prefix, 'include/node/node_api.h')));
}

/** Fails unless the headers are present or node-gyp can fetch them. Runs before the large download. */
async function requireNodeHeaders(): Promise<string | undefined> {
  const found = findNodeHeaders();
  if (found !== undefined) return found;
  const answer = await run(process.execPath, [findNodeGyp(), 'install', '--ensure'], { cwd: tmpdir() });
  if (answer.code === 0) return undefined;
  throw new Failure(
    `no Node headers beside ${process.execPath} (../include/node/node_api.h), and node-gyp could not fetch them: check the connection, or set npm_config_nodedir to a folder that contains include/node`,
  );
}

export function findNodeGyp(): string {
  try {
    return createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
  } catch {
    throw new Failure('node-gyp is not installed, but it is needed to compile the binding: run npm ci first');
  }
}

/** The build runs beside the package, so that renaming installs it. */
export async function requireRoom(tfjsNode: string, neededBytes: number = NEEDED_BYTES): Promise<void> {
  const parent = dirname(tfjsNode);
  for (const folder of [parent, tfjsNode]) {
    try {
      accessSync(folder, constants.W_OK);
    } catch {
      throw new Failure(`${folder} is not writable: run this as the user who ran npm ci`);
    }
  }
  const { bavail, bsize } = await statfs(parent);
  const free = bavail * bsize;
  if (free < neededBytes) {
    throw new Failure(
      `only ${gigabytes(free)} free in ${parent}, but the build needs ${gigabytes(neededBytes)} (0.9 GB stay in use): free some space`,
    );
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
