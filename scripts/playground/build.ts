// Builds the playground (src/playground) with Vite into a folder of static files, and the service
// worker that keeps them for visits without a network.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { build as bundle } from 'esbuild';
import { build } from 'vite';
import type { Plugin } from 'vite';
import { ROOT } from '../package/pack.ts';
import { writeAllDigits } from './digits.ts';

export const SOURCE = join(ROOT, 'src/playground');

/** @param out is emptied first */
export async function buildPlayground(out: string): Promise<void> {
  await build({
    configFile: false,
    root: SOURCE,
    base: './', // it may be served from any folder of a site
    publicDir: false,
    logLevel: 'warn',
    plugins: [CHUNKS],
    resolve: { alias: { 'backproof/core': join(ROOT, 'src/core.ts') } },
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    worker: { format: 'es' },
    build: {
      outDir: out,
      emptyOutDir: true,
      target: 'es2023',
      cssMinify: 'esbuild', // it leaves light-dark() as it is, which the reader's choice of colours needs
      assetsInlineLimit: 0,
      // What a part needs is asked for at once, but by pages alone: workers have no document.
      modulePreload: {
        polyfill: false,
        resolveDependencies: (_, needed, { hostId }) => (/(^|\/)index[.-]/.test(hostId) ? needed : []),
      },
      cssCodeSplit: false,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 2000,
      rollupOptions: {
        output: {
          chunkFileNames: ({ moduleIds }) =>
            moduleIds.some((id) => id.includes('@tensorflow'))
              ? `assets/${TFJS}[name]-[hash].js`
              : 'assets/[name]-[hash].js',
        },
      },
    },
  });
  await buildServiceWorker(out);
  writeAllDigits(out);
}

/**
 * `import address from './worker.ts?chunk'`: the address of a module with its imports, which it
 * shares with the page. Vite's own `?worker` makes a bundle of its own, twice as large.
 */
const CHUNKS: Plugin = {
  name: 'addresses of chunks',
  enforce: 'pre',
  resolveId(name, importer) {
    if (!name.endsWith('?chunk') || importer === undefined) return null;
    return `\0chunk:${resolve(dirname(importer), name.slice(0, -'?chunk'.length))}`;
  },
  load(id) {
    if (!id.startsWith('\0chunk:')) return null;
    const reference = this.emitFile({ type: 'chunk', id: id.slice('\0chunk:'.length), preserveSignature: false });
    return `export default import.meta.ROLLUP_FILE_URL_${reference};`;
  },
};

/** What the names of TensorFlow.js's files begin with: they are kept once they are asked for. */
const TFJS = 'tfjs-';
/** So are larger files. */
const KEPT_AT_ONCE = 1_000_000; // bytes

async function buildServiceWorker(out: string): Promise<void> {
  const files = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.map'))
    .map((entry) => join(entry.parentPath, entry.name).slice(out.length + 1));
  const sizes = new Map(files.map((file) => [file, readFileSync(join(out, file))]));
  const version = createHash('sha256');
  for (const file of files.sort()) version.update(file).update(sizes.get(file) ?? '');
  const kept = files.filter(
    (file) =>
      (sizes.get(file)?.length ?? 0) <= KEPT_AT_ONCE && file !== 'index.html' && !basename(file).startsWith(TFJS),
  );
  const { outputFiles } = await bundle({
    entryPoints: [join(SOURCE, 'offline/service-worker.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    define: { FILES: JSON.stringify(['./', ...kept]), VERSION: JSON.stringify(version.digest('hex').slice(0, 12)) },
  });
  writeFileSync(join(out, 'sw.js'), outputFiles[0]?.text ?? '');
}
