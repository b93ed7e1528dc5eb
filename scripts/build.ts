// `npm run build [FOLDER]`: compiles src/ to dist/ (or FOLDER), and bundles the program and the
// pages' scripts.
// Empties the folder first, so that no file of an earlier build is packed.
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { bundleProgram, writeForBrowsers } from './package/program.ts';

const dist = process.argv[2] ?? 'dist';
const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', dist];
rmSync(dist, { recursive: true, force: true });
execFileSync(process.execPath, tsc, { stdio: 'inherit' });
await bundleProgram(resolve(dist));
chmodSync(`${dist}/cli/main.js`, 0o755);
await writeForBrowsers(dist);

// Jest runs CommonJS by default, so it gets one CommonJS file, and the same types, marked to import
// ES modules.
await build({
  ...{ entryPoints: [`${dist}/jest.js`], outfile: `${dist}/jest.cjs`, logLevel: 'warning' },
  ...{ bundle: true, format: 'cjs', platform: 'node', target: 'node20', packages: 'external' },
});
const types = readFileSync(`${dist}/jest.d.ts`, 'utf8')
  .replaceAll(/^import (?!type )/gm, 'import type ')
  .replaceAll(/ from '(\.[^']+)';/g, ` from '$1' with { 'resolution-mode': 'import' };`)
  .replaceAll(/ from "(\.[^"]+)";/g, ` from "$1" with { "resolution-mode": "import" };`);
writeFileSync(`${dist}/jest.d.cts`, types);
