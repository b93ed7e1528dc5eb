// Packs what `npm publish` would publish, and unpacks it where it can be looked at.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What stands behind an entry. */
export interface Behind {
  readonly types: string;
  readonly default: string;
}

/** What is read here of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | Behind | { readonly import: Behind; readonly require: Behind }>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** Builds the project. What the build says is shown only where it fails. */
export function build(): void {
  execFileSync(process.execPath, ['--import', 'tsx', 'scripts/build.ts'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Packs a folder with a package in it as it is. @returns the tarball's path, below `to` */
export function pack(folder: string, to: string): string {
  const words = ['pack', '--json', '--ignore-scripts', '--pack-destination', to];
  const said = execFileSync('npm', words, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [{ filename }] = JSON.parse(said) as { filename: string }[];
  return join(to, filename);
}

/** @returns the folder of the package, below `to` */
export function unpack(tarball: string, to: string): string {
  execFileSync('tar', ['-xzf', tarball, '-C', to]);
  return join(to, 'package');
}
