// The package as a user has it: packed, then unpacked into a new folder, next to the packages that
// it declares and no others. An import of any other package fails there.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { ROOT, readManifest, unpack } from '../scripts/package/pack.ts';
import { importsOf } from './layers.ts';

export const OPTIONAL_PEERS = Object.keys(readManifest(ROOT).peerDependencies);

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A new folder, removed after the tests. */
export function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'backproof-package-'));
  folders.push(folder);
  return folder;
}

/**
 * A user's project with the package, its dependencies, and those of its optional peers (and other
 * packages) that are named.
 */
export interface Project {
  readonly folder: string;
  /** The folder of the package. */
  readonly own: string;
}

export function install(tarball: string, others: readonly string[] = []): Project {
  const folder = ownFolder();
  const packages = join(folder, 'node_modules');
  mkdirSync(packages);
  const own = join(packages, 'backproof');
  renameSync(unpack(tarball, packages), own);
  for (const name of [...Object.keys(readManifest(own).dependencies), ...others]) {
    mkdirSync(dirname(join(packages, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(packages, name));
  }
  return { folder, own };
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs this Node in the project. */
export function node({ folder }: Project, words: readonly string[]): Outcome {
  const options = { cwd: folder, encoding: 'utf8', timeout: 100_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, words, options);
  return { code: status, stdout, stderr };
}

/** Runs the program `backproof` in the project. */
export function backproof(project: Project, ...words: readonly string[]): Outcome {
  return node(project, [join(project.own, 'dist/cli/main.js'), ...words]);
}

/** Imports in the package's files, types included, that the package does not declare. */
export function undeclaredImports({ own }: Project): { readonly file: string; readonly name: string }[] {
  const { dependencies, peerDependencies } = readManifest(own);
  return readdirSync(own, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(d\.ts|js)$/.test(file) && !file.includes('built'))
    .toSorted()
    .flatMap((file) => importsOf(readFileSync(join(own, file), 'utf8')).map((name) => ({ file, name })))
    .filter(({ name }) => !name.startsWith('.') && !isBuiltin(name))
    .map(({ file, name }) => ({ file, name: name.replace(/^((@[^/]+\/)?[^/]+).*$/, '$1') }))
    .filter(({ name }) => !Object.hasOwn({ ...dependencies, ...peerDependencies }, name));
}
