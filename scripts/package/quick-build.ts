// The program as JavaScript, as an installed package has it, without a type check: in a second, for
// tests and transcripts.
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';
import { ROOT } from './pack.ts';
import { bundleProgram, writeForBrowsers } from './program.ts';

/**
 * @returns a folder of its own that holds dist/, package.json and what the program reads
 *   beside them
 */
export async function quickBuild(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'backproof built ')); // with a space, as a user's path may have
  chmodSync(folder, 0o755); // some tests run it as another user
  const dist = join(folder, 'dist');
  mkdirSync(join(folder, 'data'));
  for (const file of ['package.json', 'data/datasets.json']) copyFileSync(join(ROOT, file), join(folder, file));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await Promise.all([writeForBrowsers(dist), translate(dist)]);
  await bundleProgram(dist); // in place of some of the files
  return folder;
}

/** Every file by itself, with its imports of other files as they are, but of .js. */
async function translate(outdir: string): Promise<void> {
  // as in tsconfig.build.json
  const elsewhere = ['engines/wasm/assembly/', 'numeric/kernels/assembly/', 'report/html/client/', 'playground/'];
  const entryPoints = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /(?<!\.d)\.ts$/.test(file) && !elsewhere.some((part) => file.startsWith(part)))
    .map((file) => join('src', file));
  await build({
    ...{ entryPoints, outdir, outbase: 'src', absWorkingDir: ROOT, plugins: [IMPORTS], logLevel: 'silent' },
    ...{ bundle: true, packages: 'external', platform: 'node', format: 'esm', target: 'node20', charset: 'utf8' },
  });
}

const IMPORTS: Plugin = {
  name: 'imports of other files',
  setup({ onResolve }) {
    onResolve({ filter: /^\.{1,2}\// }, ({ kind, path }) =>
      kind === 'entry-point' ? undefined : { path: path.replace(/\.ts$/, '.js'), external: true },
    );
  },
};
