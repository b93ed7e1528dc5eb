// Commands load what they need and no more: what is loaded is waited for.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../src/engines/tfjs/backend.ts';
import { loadedBy } from './loaded.ts';
import type { Loaded } from './loaded.ts';
import { newFolder } from './program.ts';

/** Suggestions for unknown words. */
const ALWAYS = ['leven'];
/** yargs, and what it lays out help with, which it does not do here. */
const OPTIONS = [
  ...ALWAYS,
  ...['yargs', 'yargs-parser', 'y18n', 'cliui', 'escalade', 'get-caller-file', 'wrap-ansi', 'strip-ansi', 'ansi-regex'],
  ...['ansi-styles', 'string-width', 'emoji-regex', 'get-east-asian-width'],
];
/** Tables, lines of progress, schemas. */
const CHECKS = [...OPTIONS, 'cli-table3', '@colors/colors', 'is-fullwidth-code-point', 'cli-progress', 'zod'];
/** All of it: its main file requires these. */
const TFJS = [
  ...['', '-backend-cpu', '-backend-webgl', '-converter', '-core', '-data', '-layers'].map(
    (name) => `@tensorflow/tfjs${name}`,
  ),
  ...['long', 'seedrandom'],
];

const nativeIsThere = await openBackend('node').then(
  () => true,
  () => false,
);
/** Not what finds its binding, which is a hundred files. */
const NATIVE = ['@tensorflow/tfjs-node', 'google-protobuf', 'progress'];

const XOR = ['--dataset', 'xor', '--out', newFolder()];
const mine = join(newFolder(), 'mine.mjs');
writeFileSync(mine, 'export function gradient() { throw new Error("mine"); }\n');

interface Run {
  readonly words: readonly string[];
  readonly code: number;
  readonly packages: readonly string[];
  /** Whether the command itself is loaded. */
  readonly command: boolean;
}
const refused = (packages: readonly string[], ...words: readonly string[]): Run => {
  return { words, code: 2, packages, command: false };
};
const shown = (packages: readonly string[], ...words: readonly string[]): Run => {
  return { words, code: 0, packages, command: false };
};
const runs = (packages: readonly string[], ...words: readonly string[]): Run => {
  return { words, code: 0, packages, command: true };
};

describe.each<Run>([
  shown(ALWAYS, '--help'),
  shown(ALWAYS, 'gradcheck', '--help'),
  refused(ALWAYS, 'gradcheck', '--nonsense'),
  refused(ALWAYS, 'nonsense'),
  shown(OPTIONS, '--version'),
  refused(OPTIONS, 'gradcheck', '--dataset', 'nonsense'),
  runs(OPTIONS, 'faults'),
  runs(OPTIONS, 'init', join(newFolder(), 'new')),
  runs(CHECKS, 'gradcheck', ...XOR, '--reference', 'vector'),
  runs(CHECKS, 'gradcheck', ...XOR, '--reference', 'wasm', '--engine', 'autograd'),
  { ...runs(CHECKS, 'gradcheck', ...XOR, '--reference', 'vector', '--candidate', mine), code: 2 },
  runs(CHECKS, 'compare', ...XOR, '--reference', 'vector', '--epochs', '1', '--train-size', '320'),
  runs(CHECKS, 'train', ...XOR, '--engine', 'vector', '--epochs', '1'),
  runs([...CHECKS, ...TFJS], 'gradcheck', ...XOR, '--backend', 'cpu'),
  ...(nativeIsThere ? [runs([...CHECKS, ...TFJS, ...NATIVE], 'gradcheck', ...XOR, '--backend', 'node')] : []),
])('$words', { timeout: 60_000 }, ({ words, code, packages, command }) => {
  let loaded: Loaded;
  beforeAll(() => void (loaded = loadedBy(words)), 60_000);

  it('loads the packages that it needs and no other', () => {
    expect(loaded).toMatchObject({ code, packages: packages.toSorted() });
  });

  it('loads its own command, if any', () => {
    const commands = loaded.sources.filter((file) => file.startsWith('cli/commands/'));
    const shared = words[0] === 'gradcheck' ? ['cli/commands/compare.ts'] : []; // gradcheck takes a function of it
    expect(commands).toEqual(command ? [...shared, `cli/commands/${words[0]}.ts`] : []);
  });
});
