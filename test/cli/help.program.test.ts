// --help of the program and of every command, and --version.
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { FLAG_OPTIONS, VALUE_OPTIONS } from '../../src/cli/options.ts';
import { EXIT } from '../../src/program/exit-codes.ts';
import { GROUPS } from '../../src/cli/arguments/parsers.ts';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { FAULT_IDS } from '../../src/faults/registry.ts';
import { complaintAbout } from '../command-lines.ts';
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
      'full',
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
    const unused = command === 'gradcheck' ? ['epochs'] : []; // nothing is trained
    for (const option of [...EVERYWHERE, ...own])
      expect(listed(run.stdout).includes(option), option).toBe(!unused.includes(option));
    for (const line of run.stdout.split('\n')) {
      expect(line.length).toBeLessThanOrEqual(100);
      if (/^ +--/.test(line)) expect(line).toMatch(/^ +--[\w-]+( [A-Z]\S*)? {2,}\S/);
    }
    for (const option of listed(run.stdout)) found.add(option);
  });

  it('of selftest lists its own options, and none of the model', async () => {
    const run = await backproof(['selftest', '--help']);
    expect(run.code).toBe(0);
    const given = ['engine', 'backend', 'threads', 'networks', 'seed', 'queue', 'chunk', 'out'];
    const own = [...given, 'quick', 'json', 'help', 'version'];
    expect(listed(run.stdout).toSorted()).toEqual(own.toSorted());
    for (const option of own) found.add(option);
  });

  it('of worker lists its own options', async () => {
    const run = await backproof(['worker', '--help']);
    const own = ['candidate', 'candidate-command', 'queue', 'processes', 'metrics', 'json', 'help', 'version'];
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(listed(run.stdout).toSorted()).toEqual(own.toSorted());
    expect(run.stdout.replace(/\s+/g, ' ')).toContain('--json print one JSON object per line');
    for (const option of own) found.add(option);
  });

  it('of fuzz lists its own options', async () => {
    const run = await backproof(['fuzz', '--help']);
    const own = [
      'runs',
      'time',
      'workers',
      'only',
      'largest',
      'deepest',
      'steps',
      'replay',
      'keep-going',
      'queue',
      'chunk',
    ];
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(listed(run.stdout)).toEqual(expect.arrayContaining(own));
    for (const option of own) found.add(option);
  });

  it('of init lists its own options and the positional folder', async () => {
    const run = await backproof(['init', '--help']);
    const own = ['loss', 'style', 'language', 'function', 'layer', 'json', 'help', 'version'];
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(listed(run.stdout).toSorted()).toEqual(own.toSorted());
    expect(run.stdout).toMatch(/^Usage: backproof init \[folder\] \[options\]\n/);
    for (const option of [...own, 'folder']) found.add(option);
  });

  it('of report lists its own options and the positional file', async () => {
    const run = await backproof(['report', '--help']);
    const own = ['out', 'port', 'open', 'serve', 'json', 'help', 'version'];
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(listed(run.stdout).toSorted()).toEqual(own.toSorted());
    expect(run.stdout).toMatch(/^Usage: backproof report \[file\] \[options\]\n/);
    expect(run.stdout).toMatch(/^ +file {2,}\S/m);
    for (const option of [...own, 'file']) found.add(option);
  });

  it('of check lists its own options and the positional module', async () => {
    const run = await backproof(['check', '--help']);
    const given = ['command', 'time-limit', 'memory-limit', 'seed', 'backend', 'out', 'format'];
    const own = [...given, 'json', 'help', 'version'];
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(listed(run.stdout).toSorted()).toEqual(own.toSorted());
    expect(run.stdout).toMatch(/^Usage: backproof check \[module\] \[options\]\n/);
    expect(run.stdout).toMatch(/^ +module {2,}\S/m);
    for (const option of [...own, 'module']) found.add(option);
  });

  it('of faults lists the positional name', async () => {
    const run = await backproof(['faults', '--help']);
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(listed(run.stdout).toSorted()).toEqual(['help', 'json', 'version']);
    expect(run.stdout).toMatch(/^ +name {2,}\S/m);
    found.add('name');
  });

  it('has groups in their order, choices and defaults, and an example', async () => {
    const { stdout } = await backproof(['compare', '-h']);
    const heads = Array.from(stdout.matchAll(/^[A-Z][\w ]+$/gm), ([head]) => head);
    expect(heads).toEqual([...GROUPS.filter((group) => group !== 'Queue'), 'Examples']);
    const text = stdout.replace(/\s+/g, ' ');
    expect(text).toContain('--dataset NAME data set: mnist, xor, moons, spirals, sine, housing (default: mnist)');
    expect(text).toContain('(default: 128 for mnist; 16 for xor, moons; 32,32 for spirals; 32 for sine, housing)');
    expect(text).toContain('(default: 0.2 for sgd; 0.02 for momentum, nesterov; 0.001 for rmsprop, adam,');
    expect(stdout).toMatch(/^Examples\n {2}npx backproof compare /m);
  });

  it('is also shown by `help`, with the defaults of the command', async () => {
    const help = await backproof(['help', 'predict']);
    expect(help).toEqual(await backproof(['predict', '--help']));
    const text = help.stdout.replace(/\s+/g, ' ');
    expect(text).toContain('(default: 3 for mnist; 20 for xor, moons, spirals, sine, housing)');
    expect(await backproof(['help'])).toEqual(await backproof(['--help']));
  });

  it('of a command does not list the known mistakes', async () => {
    const { stdout } = await backproof(['compare', '--help']);
    const others = stdout.replaceAll(/--[\w-]+/g, ''); // options may have the name of a mistake
    expect(FAULT_IDS.filter((id) => id.includes('-') && others.includes(id))).toEqual([]);
    expect(stdout.replace(/\s+/g, ' ')).toContain('--fault NAME[@LAYER] put a known mistake');
  });

  it.for(Object.entries(COMMANDS))('of %s has examples that parse', async ([name, { examples }]) => {
    expect(examples.length).toBeGreaterThan(0);
    for (const words of examples) {
      expect(words.split(' ')[0]).toBe(name);
      expect(await complaintAbout(['npx', 'backproof', ...words.split(' ')], {})).toBeNull();
    }
  });

  it('of all commands together leaves no option out', () => {
    for (const option of [...Object.keys(VALUE_OPTIONS), ...Object.keys(FLAG_OPTIONS)]) expect(found).toContain(option);
  });

  it('of the program lists commands and exit codes', async () => {
    const run = await backproof(['--help']);
    for (const [command, { describe }] of Object.entries(COMMANDS))
      expect(run.stdout.replace(/\s+/g, ' ')).toContain(` ${command} ${describe} `);
    for (const code of Object.values(EXIT)) expect(run.stdout.split('Exit codes')[1]).toContain(String(code));
    expect(run.stdout).toMatch(
      /^Start here\n {2}npx backproof init my-network .*\n {2}npx backproof compare --candidate /m,
    );
    expect(run.stdout).toContain('\n  npm install @tensorflow/tfjs@');
    for (const line of run.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    expect([run.code, run.stderr]).toEqual([0, '']);
  });
});

it('--version prints the version of the package', async () => {
  const run = await backproof(['--version']);
  expect([run.code, run.stdout, run.stderr]).toEqual([0, `${version}\n`, '']);
});

it('help and refusals do not depend on the language of the machine', async () => {
  const say = async (language: string): Promise<string[]> => {
    const env = { ...process.env, LC_ALL: language, LC_MESSAGES: language, LANG: language, LANGUAGE: language };
    const runs = [['--help'], ['compare', '--help'], ['compare', '--bogus'], ['compare', '--seed']];
    const outcomes = await Promise.all(runs.map((words) => backproof(words, { env })));
    return outcomes.map(({ stdout, stderr }) => stdout + stderr);
  };
  expect(await say('de_DE.UTF-8')).toEqual(await say('en_US.UTF-8'));
});
