// The layering rules of src, checked on the text of its sources: which file may import which, and
// which packages.
import { dirname, join } from 'node:path/posix';
import ts from 'typescript';

/**
 * A file's path below src, such as "ops/layers/dense.ts" or "report/html/client/index.tsx", and
 * its text.
 */
export type Sources = ReadonlyMap<string, string>;

/**
 * A folder imports only from itself and from folders to its left; text is used to make errors.
 * Folders in one place are level and do not import each other.
 */
const ORDER = [
  ['text'],
  ['errors'],
  ['numeric'],
  ['ops'],
  ['network'],
  ['data'],
  ['bounds'],
  ['engines'],
  ['candidates'],
  ['faults'],
  ['check'],
  ['selftest'],
  ['report'],
  ['fuzz'],
  ['matchers', 'program'],
  ['queue'],
  ['cli'],
  ['playground'],
];

/**
 * The entry points of the package, by the names of files at the root of src: named re-exports and
 * no code. Nothing in src imports them.
 */
export const ENTRIES: readonly string[] = ['index', 'core', 'vitest', 'jest', 'fast-check'];

/** The entry points that hold nothing but `export { names } from`. */
const RE_EXPORTS_ONLY = ['index.ts', 'core.ts', 'fast-check.ts'];

/** Packages that only some files may import. */
interface Reserved {
  readonly what: RegExp;
  readonly by: (file: string) => boolean;
  /** Files that may import its types. */
  readonly types?: (file: string) => boolean;
  readonly rule: string;
}

const RESERVED: readonly Reserved[] = [
  {
    what: /^@tensorflow\//,
    by: (f) => f.startsWith('engines/tfjs/'),
    types: (f) => f.startsWith('ops/'), // a page holds its TensorFlow.js twin, which gets the library as an argument
    rule: 'only engines/tfjs imports TensorFlow.js',
  },
  {
    what: /^playwright-core(\/|$)/,
    by: (f) => f.startsWith('engines/tfjs/browser/'),
    rule: 'only engines/tfjs/browser drives a browser',
  },
  { what: /^yargs(\/|$)/, by: (f) => f.startsWith('cli/'), rule: 'only cli imports yargs' },
  {
    what: /^node:/,
    by: (f) => !f.startsWith('report/html/client/') && !f.startsWith('playground/'),
    rule: 'nothing of Node runs in a browser',
  },
  {
    what: /^(bullmq|ioredis|prom-client)(\/|$)/,
    by: (f) => f.startsWith('queue/'),
    rule: 'only queue imports BullMQ, a Redis client and metrics',
  },
  {
    what: /^fast-check(\/|$)/,
    by: (f) => f === 'fuzz/arbitraries.ts', // which nothing but its entry point imports
    rule: 'only fuzz/arbitraries.ts imports fast-check',
  },
  { what: /^sharp(\/|$)/, by: (f) => f.startsWith('data/'), rule: 'only data reads pictures' },
  {
    what: /^(node:)?fs(\/|$)/,
    by: (f) => f.startsWith('data/') || f === 'candidates/process/process-tree.ts',
    rule: 'only data touches the file system', // and one file reads /proc, which is not a file system
  },
];

const known = new Map<string, string[]>();

/** All imports of a source: static, re-exported, dynamic or required. Cached per text. */
export function importsOf(text: string): string[] {
  const imports = known.get(text) ?? ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
  known.set(text, imports);
  return imports;
}

/** Whether a source imports only types from this package. */
function importsTypesOnly(text: string, name: string): boolean {
  const { statements } = ts.createSourceFile('any.ts', text, ts.ScriptTarget.Latest);
  const declared = statements.filter(
    (s) => ts.isImportDeclaration(s) && ts.isStringLiteral(s.moduleSpecifier) && s.moduleSpecifier.text === name,
  ) as ts.ImportDeclaration[];
  const ways = importsOf(text).filter((other) => other === name).length;
  return declared.length === ways && declared.every(({ importClause }) => importClause?.isTypeOnly === true);
}

function reExportsOnly(text: string): boolean {
  return ts.createSourceFile('entry.ts', text, ts.ScriptTarget.Latest).statements.every((statement) => {
    const isNamed = ts.isExportDeclaration(statement) && statement.exportClause !== undefined;
    return isNamed && ts.isNamedExports(statement.exportClause) && statement.moduleSpecifier !== undefined;
  });
}

function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : file.replace(/\.ts$/, '');
}

/** One line per import that breaks a rule, and per cycle. */
export function violations(sources: Sources): string[] {
  const found: string[] = [];
  const graph = new Map<string, string[]>();
  for (const [file, text] of sources) {
    if (RE_EXPORTS_ONLY.includes(file) && !reExportsOnly(text)) found.push(`${file}: named re-exports and no code`);
    const targets: string[] = [];
    for (const name of importsOf(text)) {
      if (!name.startsWith('.')) {
        for (const { what, by, types, rule } of RESERVED) {
          const may = by(file) || (types?.(file) === true && importsTypesOnly(text, name));
          if (what.test(name) && !may) found.push(`${file} imports ${name}: ${rule}`);
        }
        continue;
      }
      const target = join(dirname(file), name.replace(/\?chunk$/, '')); // a page asks for its address
      if (sources.has(target)) targets.push(target);
      const complaint = sources.has(target) ? direction(file, target) : 'there is no such file in src';
      if (complaint !== null) found.push(`${file} imports ${target}: ${complaint}`);
    }
    graph.set(file, targets);
  }
  return [...found, ...cycles(graph)];
}

/** Files that know engines only by their interface. */
const OF_ANY_ENGINE = ['engines/engine.ts', 'engines/portions.ts', 'candidates/engine.ts'];

function direction(file: string, target: string): string | null {
  const [from, to] = [folderOf(file), folderOf(target)];
  if (ENTRIES.includes(to)) return `${to}.ts is for users of the package`;
  if (ENTRIES.includes(from) || from === to) return null;
  const [rankFrom, rankTo] = [from, to].map((folder) => ORDER.findIndex((level) => level.includes(folder)));
  if (rankFrom < 0 || rankTo < 0) return `${rankFrom < 0 ? from : to} has no place in the order of folders`;
  if (rankTo >= rankFrom) return `${to} is not to the left of ${from}`;
  if (from === 'check' && ['engines', 'candidates'].includes(to) && !OF_ANY_ENGINE.includes(target))
    return `check knows ${OF_ANY_ENGINE.join(', ')} alone`;
  return null;
}

/** Depth first; meeting a file again on its own path closes a cycle. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) found.push(`cycle: ${[...way.slice(way.indexOf(file)), file].join(' -> ')}`);
    if (way.includes(file) || done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...way, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}
