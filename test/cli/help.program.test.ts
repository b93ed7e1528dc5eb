// --help and --version.
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { FLAG_OPTIONS, VALUE_OPTIONS } from '../../src/cli/options.ts';
import { EXIT } from '../../src/program/exit-codes.ts';
import { backproof } from './program.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

const DATA = ['dataset', 'data', 'train-size', 'test-size', 'scale'];
const MODEL = [
  'hidden',
  'activation',
  'output',
  'loss',
  'optimizer',
  'learning-rate',
  'batch-size',
  'epochs',
  'seed',
  'initializer',
];
const EVERYWHERE = [...DATA, ...MODEL, 'engine', 'dtype', 'backend', 'threads', 'out', 'json', 'help', 'version'];
const OWN: [string, string[]][] = [
  [
    'compare',
    [
      'candidate',
      'candidate-command',
      'time-limit',
      'memory-limit',
      'reference',
      'fault',
      'baseline',
      'update-baseline',
      'format',
    ],
  ],
  [
    'gradcheck',
    ['candidate', 'candidate-command', 'time-limit', 'memory-limit', 'reference', 'fault', 'case', 'format'],
  ],
  ['train', ['load', 'save']],
  ['predict', ['load', 'image', 'index', 'reference']],
];

function listed(help: string): string[] {
  return Array.from(help.matchAll(/^ +--([\w-]+)/gm), ([, name = '']) => name);
}

describe('help', () => {
  const found = new Set<string>();

  it.for(OWN)('of %s lists every option it takes, with a meaning', async ([command, own]) => {
    const run = await backproof([command, '--help']);
    expect([run.code, run.stderr]).toEqual([0, '']);
    for (const option of [...EVERYWHERE, ...own]) expect(listed(run.stdout)).toContain(option);
    for (const line of run.stdout.split('\n')) if (/^ +--/.test(line)) expect(line).toMatch(/^ +--[\w-]+ {2,}\S/);
    for (const option of listed(run.stdout)) found.add(option);
  });

  it('of selftest lists its own options, and none of the model', async () => {
    const run = await backproof(['selftest', '--help']);
    expect(run.code).toBe(0);
    const own = ['engine', 'backend', 'threads', 'networks', 'seed', 'out', 'quick', 'json', 'help', 'version'];
    expect(listed(run.stdout).toSorted()).toEqual(own.toSorted());
    for (const option of own) found.add(option);
  });

  it('of init lists its own, and the folder that may stand without a name', async () => {
    const run = await backproof(['init', '--help']);
    const own = ['language', 'json', 'help', 'version'];
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(listed(run.stdout).toSorted()).toEqual(own.toSorted());
    expect(run.stdout).toMatch(/^backproof init \[folder\]\n/);
    for (const option of [...own, 'folder']) found.add(option);
  });

  it('of report lists its own, and the file that may stand without a name', async () => {
    const run = await backproof(['report', '--help']);
    const own = ['out', 'port', 'open', 'serve', 'json', 'help', 'version'];
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(listed(run.stdout).toSorted()).toEqual(own.toSorted());
    expect(run.stdout).toMatch(/^backproof report \[file\]\n/);
    expect(run.stdout).toMatch(/^ +file {2,}\S/m);
    for (const option of [...own, 'file']) found.add(option);
  });

  it('of all commands together leaves no option out', () => {
    for (const option of [...Object.keys(VALUE_OPTIONS), ...Object.keys(FLAG_OPTIONS)]) expect(found).toContain(option);
  });

  it('of the program lists commands and exit codes', async () => {
    const run = await backproof(['--help']);
    for (const [command] of OWN) expect(run.stdout).toMatch(new RegExp(`^ +backproof ${command} `, 'm'));
    for (const code of Object.values(EXIT)) expect(run.stdout.split('Exit codes:')[1]).toContain(String(code));
    expect([run.code, run.stderr]).toEqual([0, '']);
  });
});

it('the version is that of the package', async () => {
  const run = await backproof(['--version']);
  expect([run.code, run.stdout, run.stderr]).toEqual([0, `${version}\n`, '']);
});

it('help and refusals are the same whatever the language of the machine', async () => {
  const say = async (language: string): Promise<string[]> => {
    const env = { ...process.env, LC_ALL: language, LC_MESSAGES: language, LANG: language, LANGUAGE: language };
    const runs = [['--help'], ['compare', '--help'], ['compare', '--bogus'], ['compare', '--seed']];
    const outcomes = await Promise.all(runs.map((words) => backproof(words, { env })));
    return outcomes.map(({ stdout, stderr }) => stdout + stderr);
  };
  expect(await say('de_DE.UTF-8')).toEqual(await say('en_US.UTF-8'));
});
