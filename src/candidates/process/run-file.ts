// Arguments for Node to run a file of this folder in a process of its own: as it is, or from
// sources through jiti.
import { createRequire } from 'node:module';
import { dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL, fileURLToPath } from 'node:url';

type Import = (url: string) => Promise<unknown>;

/**
 * jiti also transforms every import() of a file, so an untransformed import() is created
 * outside it.
 */
const NODES_IMPORT = 'backproof: import() as Node has it';
const GIVE_IT = `globalThis[Symbol.for(${JSON.stringify(NODES_IMPORT)})] = (url) => import(url);`;

/** Arguments for Node. */
export function argumentsToRun(name: string): string[] {
  const own = fileURLToPath(import.meta.url);
  const file = resolve(own, '..', name + extname(own));
  if (!file.endsWith('.ts')) return [file];
  const jiti = join(dirname(createRequire(import.meta.url).resolve('jiti')), 'jiti-cli.mjs');
  return ['--import', `data:text/javascript,${encodeURIComponent(GIVE_IT)}`, jiti, file];
}

/** Imports a file without transforming it, in a process started with these arguments. */
export function importAsItIs(file: string): Promise<unknown> {
  const given = (globalThis as Record<symbol, unknown>)[Symbol.for(NODES_IMPORT)] as Import | undefined;
  const { href } = pathToFileURL(file);
  return given === undefined ? import(href) : given(href);
}
