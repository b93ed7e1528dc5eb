// The program of the page as a text. An installed package brings it along, built; from the sources
// it is made on the spot.
import { fileURLToPath } from 'node:url';
import { readTextIfThere } from '../../../data/files/read-text.ts';

/** Where it is in a package: beside this file. */
export const BUILT = 'engines/tfjs/browser/built/page.js';

let bundled: Promise<string> | undefined; // the same text for every page of a process

export async function pageProgram(): Promise<string> {
  const built = readTextIfThere(fileURLToPath(new URL('built/page.js', import.meta.url)));
  return built ?? (await (bundled ??= bundlePage()));
}

/** Needs the sources and esbuild, as a checkout has them. */
export async function bundlePage(): Promise<string> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
    ...{ bundle: true, minify: true, write: false, format: 'iife', target: 'es2022', charset: 'utf8' },
    ...{ platform: 'browser', legalComments: 'eof', logLevel: 'silent', keepNames: true }, // errors go by their names
  });
  return outputFiles[0].text;
}
