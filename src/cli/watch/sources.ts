// Which files a candidate consists of: those named on the command line and the modules they
// import, except installed packages.
import { createRequire, isBuiltin } from 'node:module';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { caseFiles } from '../../data/files/case-files.ts';
import { filesIn, isFile, readTextIfThere, targetOf } from '../../data/files/read-text.ts';
import type { Sources } from '../../data/files/saved-files.ts';
import { DataError, UsageError } from '../../errors.ts';
import type { Options } from '../options.ts';

const MODULES = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];
/** What an import may leave out or write otherwise. */
const ENDINGS = ['', ...MODULES, '.json', ...MODULES.map((ending) => `/index${ending}`)];
const IMPORT = /\b(?:from|import|require)\s*\(?\s*(['"])([^'"\n]+)\1/g;

/** @throws UsageError or DataError where there is nothing to watch */
export function sourcesOf(options: Options): Sources {
  const { candidate, 'candidate-command': command, case: path } = options;
  const needed = [
    ...(candidate === undefined ? [] : [candidate]),
    ...(command === undefined ? [] : filesOfCommand(command)),
    ...(path === undefined ? [] : caseFiles(path)),
  ].map((file) => resolve(file));
  if (needed.length === 0)
    throw new UsageError(
      command === undefined
        ? '--watch needs a candidate or a case file: nothing else changes'
        : '--watch: no word of --candidate-command is a file',
      command === undefined ? undefined : 'name the file, as in "python my_mlp.py"',
    );
  const beside = command === undefined ? [] : needed.flatMap(filesBeside);
  const all = withImports([...needed, ...beside]);
  return { needed, all: path === undefined ? all : [...new Set([...all, resolve(path)])] };
}

/**
 * The files that a candidate is made of here: its module and those that this imports from the same
 * checkout, or the files that a command names. In an order that what is in them determines.
 */
export function candidateFiles({ candidate, 'candidate-command': command }: Options): string[] {
  if (candidate !== undefined) return withImports([resolve(candidate)]).filter(isFile);
  return command === undefined ? [] : filesOfCommand(command);
}

/** The words that are files. A file without an extension may be what the command itself makes. */
function filesOfCommand(command: string): string[] {
  const words = [...command.matchAll(/"([^"]*)"|'([^']*)'|([^\s"';&|()<>]+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
  const files = [...new Set(words)].filter(isFile);
  const sources = files.filter((file) => extname(file) !== '');
  return sources.length > 0 ? sources : files;
}

/** Files of the same language in the same folder: a program may import them. */
function filesBeside(file: string): string[] {
  const ending = extname(file);
  if (ending === '' || MODULES.includes(ending)) return [];
  const folder = dirname(file);
  return filesIn(folder).flatMap((name) => (extname(name) === ending ? [join(folder, name)] : []));
}

function withImports(files: readonly string[]): string[] {
  const all = new Set(files);
  for (const file of all) for (const imported of importsOf(file)) all.add(imported); // grows while it is read
  return [...all];
}

function importsOf(file: string): string[] {
  if (!MODULES.includes(extname(file)) || !isFile(file)) return [];
  return [...textOf(file).matchAll(IMPORT)].flatMap(([, , specifier]) => resolved(specifier, file));
}

/** "" where it cannot be read: then nothing is imported either. */
export function textOf(file: string): string {
  try {
    return readTextIfThere(file) ?? '';
  } catch (error) {
    if (error instanceof DataError) return '';
    throw error;
  }
}

/** The files that an import may mean: all possible ones where there is none yet. */
function resolved(specifier: string, from: string): string[] {
  if (/^(\.{0,2}\/|\.{1,2}$|file:)/.test(specifier)) {
    const path = specifier.startsWith('file:') ? fileURLToPath(specifier) : resolve(dirname(from), specifier);
    const written = path.replace(/\?.*$/, '');
    const paths = ENDINGS.map((ending) => written + ending);
    const source = written.replace(/\.([mc]?)js$/, '.$1ts'); // TypeScript's way to name a .ts file
    if (source !== written) paths.push(source);
    const there = paths.filter(isFile);
    return there.length > 0 ? there : paths;
  }
  if (isBuiltin(specifier)) return [];
  try {
    const path = targetOf(createRequire(from).resolve(specifier));
    return /[\\/]node_modules[\\/]/.test(path) ? [] : [path];
  } catch {
    return []; // only import can resolve it, or nothing can
  }
}
