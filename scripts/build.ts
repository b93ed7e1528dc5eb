// npm run build: src/ compiled to dist/ with the pages' scripts bundled, from nothing, so that no file of an earlier build is packed.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { PAGES, bundle } from '../src/report/html/bundle.ts';

rmSync('dist', { recursive: true, force: true });
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
chmodSync('dist/cli/main.js', 0o755);

const built = 'dist/report/html/built';
mkdirSync(built, { recursive: true });
const { scripts, style } = await bundle();
writeFileSync(`${built}/style.css`, style);
for (const page of PAGES) writeFileSync(`${built}/${page}.js`, scripts[page]);
