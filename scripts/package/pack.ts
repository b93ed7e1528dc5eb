// Packs what `npm publish` would publish, and unpacks it for checks.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root folder. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The targets of an entry. */
export interface Behind {
  readonly types: string;
  readonly default: string;
}

/** The fields of package.json used here. */
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

/** Builds the project. Shows the build's output only if it fails. */
export function build(): void {
  execFileSync(process.execPath, ['--import', 'tsx', 'scripts/build.ts'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Packs a package folder as it is. @returns the path of the tarball, below `to` */
export function pack(folder: string, to: string): string {
  const words = ['pack', '--json', '--ignore-scripts', '--pack-destination', to];
  const said = execFileSync('npm', words, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [{ filename }] = JSON.parse(said) as { filename: string }[];
  return join(to, filename);
}

/** @returns the folder of the unpacked package, below `to` */
export function unpack(tarball: string, to: string): string {
  execFileSync('tar', ['-xzf', tarball, '-C', to]);
  return join(to, 'package');
}
