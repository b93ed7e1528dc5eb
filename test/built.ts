// The program as JavaScript, as an installed package has it: made once for a run of tests, so that the hundreds of processes that are started do not each
// translate the sources. Vitest's global set-up of the projects that start processes; test/cli/program.ts runs it.
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';
import type { TestProject } from 'vitest/node';
import { ROOT } from '../scripts/package/pack.ts';
import { PAGES, bundle } from '../src/report/html/bundle.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder that holds it, as dist/. */
    readonly built: string;
  }
}

/** The projects of a run share what is made: it is kept where all of them see it. */
const MADE = Symbol.for('backproof: the program that tests run');
const shared = globalThis as { [MADE]?: Promise<string> };

export default async function setUp(project: TestProject): Promise<() => void> {
  const folder = await (shared[MADE] ??= make());
  project.provide('built', folder);
  return () => {
    delete shared[MADE]; // watching, the sources may change until the next run
    rmSync(folder, { recursive: true, force: true });
  };
}

async function make(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'backproof built ')); // with a space, as a user's path may have
  chmodSync(folder, 0o755); // some tests run it as another user
  const built = join(folder, 'dist/report/html/built');
  mkdirSync(built, { recursive: true });
  mkdirSync(join(folder, 'data'));
  for (const file of ['package.json', 'data/datasets.json']) copyFileSync(join(ROOT, file), join(folder, file));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const [{ scripts, style }] = await Promise.all([bundle(), translate(join(folder, 'dist'))]);
  writeFileSync(join(built, 'style.css'), style);
  for (const page of PAGES) writeFileSync(join(built, `${page}.js`), scripts[page]);
  return folder;
}

/** Every file by itself, with its imports of other files as they are, but of .js. */
async function translate(outdir: string): Promise<void> {
  const elsewhere = ['engines/wasm/assembly/', 'numeric/kernels/assembly/', 'report/html/client/']; // as in tsconfig.build.json
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
