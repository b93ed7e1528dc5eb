// Programs of pages as texts. An installed package brings them along, built; from the sources they
// are made on the spot.
import { fileURLToPath } from 'node:url';
import { readTextIfThere } from '../../../data/files/read-text.ts';

/** Where one is in a package, below the folder of its page.ts. */
const BUILT = 'built/page.js';

/** Folders below src that have a page.ts. */
export const WITH_PAGE = ['engines/tfjs/browser', 'cli/function'] as const;

/** Of a file in such a folder, by its URL: the same text for every page of a process. */
const bundled = new Map<string, Promise<string>>();

/**
 * The program of the page.ts in a folder.
 * @param from the `import.meta.url` of a file beside it
 */
export async function pageProgram(from: string): Promise<string> {
  const built = readTextIfThere(fileURLToPath(new URL(BUILT, from)));
  if (built !== null) return built;
  const program = bundled.get(from) ?? bundlePage(fileURLToPath(new URL('page.ts', from)));
  bundled.set(from, program);
  return program;
}

/** Needs the sources and esbuild, as a checkout has them. */
export async function bundlePage(file: string): Promise<string> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [file],
    ...{ bundle: true, minify: true, write: false, format: 'iife', target: 'es2022', charset: 'utf8' },
    ...{ platform: 'browser', legalComments: 'eof', logLevel: 'silent', keepNames: true }, // errors go by their names
  });
  return outputFiles[0].text;
}

/** The programs of all pages, by their paths below the built files. */
export async function builtPages(): Promise<Readonly<Record<string, string>>> {
  const root = new URL('../../../', import.meta.url);
  const made = WITH_PAGE.map(
    async (folder) =>
      [`${folder}/${BUILT}`, await bundlePage(fileURLToPath(new URL(`${folder}/page.ts`, root)))] as const,
  );
  return Object.fromEntries(await Promise.all(made));
}
