// `npm run playground [-- --build-only] [-- --port N]`: builds the playground into
// dist-playground/, and serves it on this machine.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { preview } from 'vite';
import { ROOT } from '../package/pack.ts';
import { SOURCE, buildPlayground } from './build.ts';

const { values } = parseArgs({
  options: { 'build-only': { type: 'boolean', default: false }, port: { type: 'string', default: '4173' } },
});
const out = join(ROOT, 'dist-playground');
await buildPlayground(out);
if (values['build-only']) {
  console.log(`built: ${out}`);
} else {
  const server = await preview({
    configFile: false,
    root: SOURCE,
    base: './',
    build: { outDir: out },
    preview: { host: '127.0.0.1', port: Number(values.port) },
  });
  console.log(`playground: ${server.resolvedUrls?.local[0] ?? ''}\nCtrl-C ends it.`);
}
