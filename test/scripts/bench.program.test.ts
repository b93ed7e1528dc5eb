// `npm run bench` as a whole, on a task of a second: options, reports, and a wrong engine that must
// be found out.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runBench } from '../../scripts/bench/bench.ts';
import { benchChart } from '../../scripts/bench/chart.ts';
import { CONTENDERS, chooseContenders } from '../../scripts/bench/contenders.ts';
import type { ContenderEntry } from '../../scripts/bench/contenders.ts';
import { benchMarkdown } from '../../scripts/bench/markdown.ts';
import { benchCommand, parseBenchOptions } from '../../scripts/bench/options.ts';
import type { BenchOptions } from '../../scripts/bench/options.ts';
import type { BenchReport, MeasuredResult } from '../../scripts/bench/report.ts';
import { runScenarios } from '../../scripts/bench/run.ts';
import { TINY } from '../../scripts/bench/scenarios.ts';
import { sweepsChart } from '../../scripts/bench/sweeps-chart.ts';
import type { Io } from '../../src/program/io.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bench test '));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Heard extends Io {
  stdout: string;
  stderr: string;
}

function io(signal: AbortSignal = new AbortController().signal): Heard {
  const heard: Heard = {
    ...{ stdout: '', stderr: '', outIsTty: false, errIsTty: false, signal },
    out: (text) => (heard.stdout += text),
    err: (text) => (heard.stderr += text),
    now: () => performance.now(),
    date: () => new Date('2026-01-02T03:04:05Z'),
  };
  return heard;
}

async function run(...argv: string[]): Promise<Heard & { code: number }> {
  const heard = io();
  const code = await runBench(argv, heard);
  return { ...heard, code, stdout: heard.stdout, stderr: heard.stderr };
}

const temporary = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('backproof-bench-'));

describe('options', () => {
  it.each([
    [['--nonsense'], /^bench: Unknown argument: nonsense; see --help\n$/],
    [['extra'], /^bench: Unknown argument: extra; see --help\n$/],
    [['--scenario', 'sgd-33'], /^bench: unknown scenario "sgd-33"; choose from sgd-32, .*\n$/],
    [['--engine', 'vector,tensorflow'], /^bench: unknown engine "tensorflow"; choose from .*tfjs:node.*torch.*\n$/],
    [['--engine', 'torch'], /^bench: torch needs --python; add --python\n$/],
    [['--engine', 'synaptic'], /^bench: synaptic needs --peers; add --peers\n$/],
    [['--engine', 'vector,'], /^bench: --engine: expected comma-separated names, got "vector,"\n$/],
    [['--rounds', '0'], /^bench: --rounds: expected a whole number of at least 1, got "0"\n$/],
    [['--threads', 'two'], /^bench: --threads: expected a whole number of at least 1, got "two"\n$/],
    [['--rounds', '2', '--rounds', '3'], /^bench: --rounds: expected once, got several\n$/],
    [['--rounds'], /^bench: Not enough arguments following: rounds; see --help\n$/],
  ])('%j is refused with exit code 2 and one line', async (argv, message) => {
    const { code, stderr, stdout } = await run(...argv);
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([2, '']);
  });

  it('refused with --json are a document', async () => {
    const { stdout, code } = await run('--json', '--scenario', 'x');
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'error', code: 'usage', message: 'unknown scenario "x"' });
    expect(code).toBe(2);
  });

  it('are listed by --help', async () => {
    const { stdout, code } = await run('--help');
    for (const name of [
      'quick',
      'scenario',
      'engine',
      'sweeps',
      'rounds',
      'threads',
      'peers',
      'python',
      'out',
      'json',
    ]) {
      expect(stdout).toContain(`--${name}`);
    }
    expect(code).toBe(0);
  });

  it('are read, and the command that repeats the run has those that belong to it', async () => {
    const argv = [
      '--no-sweeps',
      '--scenario',
      'tiny',
      '--scenario',
      'batch,sgd-32',
      '--rounds',
      '2',
      '--out',
      '/x',
      '--json',
    ];
    const options = (await parseBenchOptions(argv)) as BenchOptions;
    expect(options).toMatchObject({
      sweeps: false,
      scenarios: ['tiny', 'batch', 'sgd-32'],
      rounds: 2,
      out: '/x',
      json: true,
    });
    expect(benchCommand(options)).toBe('npm run bench -- --no-sweeps --scenario tiny,batch,sgd-32 --rounds 2');
    expect(benchCommand((await parseBenchOptions([])) as BenchOptions)).toBe('npm run bench');
  });
});

describe('contenders', () => {
  it('are the usual ones, with peers and Python where these are asked for', () => {
    const ids = (peers: boolean, python: boolean) =>
      chooseContenders({ names: null, peers, python }).map(({ id }) => id);
    expect(ids(false, false)).toEqual(expect.arrayContaining(['vector', 'tfjs:node', 'tfjs:wasm', 'tfjs-raw:node']));
    expect(ids(false, false)).not.toContain('autograd');
    expect(ids(true, false)).toContain('convnetjs');
    expect(ids(true, false)).not.toContain('torch');
    expect(ids(false, true)).toEqual(expect.arrayContaining(['torch', 'jax', 'keras', 'numpy']));
    expect(new Set(CONTENDERS.map(({ id }) => id)).size).toBe(CONTENDERS.length);
  });
});

describe('a run', () => {
  it('measures engines, compares their losses, writes its reports and leaves nothing else', async () => {
    const before = temporary();
    const argv = [
      '--quick',
      '--scenario',
      'tiny',
      '--engine',
      'vector,tfjs:cpu,tfjs-raw:cpu',
      '--out',
      folder,
      '--json',
    ];
    const { code, stdout, stderr } = await run(...argv);
    expect(stderr).toContain('tiny (1 of 1)');
    const report = JSON.parse(stdout) as BenchReport;
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, 'bench.json'), 'utf8'))).toEqual(report);
    expect(report).toMatchObject({
      ...{ schemaVersion: 1, kind: 'bench', date: '2026-01-02', wrong: [] },
      command: 'npm run bench -- --quick --scenario tiny --engine vector,tfjs:cpu,tfjs-raw:cpu',
      environment: { node: process.versions.node, v8: process.versions.v8, versions: { tfjs: '4.22.0' } },
    });
    const [scenario] = report.scenarios;
    expect(scenario).toMatchObject({ name: 'tiny', base: 'vector', batchSize: 8, examples: 160 });
    expect(scenario.density).toBeCloseTo(0.5, 1);
    const results = scenario.results as MeasuredResult[];
    expect(results.map(({ id }) => id)).toEqual(['vector', 'tfjs:cpu', 'tfjs-raw:cpu']);
    for (const r of results) {
      expect(r).toMatchObject({ kind: 'measured', verdict: 'same', note: null });
      expect(r.losses.map(({ steps, verdict }) => [steps, verdict])).toEqual([
        [2, 'same'],
        [10, 'same'],
      ]);
      expect(r.rounds).toHaveLength(3);
      expect(r.gflops).toBeCloseTo((r.samplesPerSecond.median * scenario.flopsPerSample.nonZero) / 1e9, 12);
      for (const x of [...r.rounds, r.residentMiB, r.firstStepSeconds.median]) expect(x).toBeGreaterThan(0);
      expect(r.startSeconds.median).toBeGreaterThan(r.firstStepSeconds.median);
    }
    expect(results[0].timesSlower?.median).toBe(1);
    expect(readFileSync(join(folder, 'bench.md'), 'utf8')).toContain('## tiny: 16-8-4, SGD, batch 8, random inputs');
    expect(readdirSync(folder).sort()).toEqual(['bench.json', 'bench.md', 'bench.svg']);
    expect(temporary()).toEqual(before);
  });

  it('finds a fast wrong engine out, and one that says what it does', async () => {
    const contender = (id: string, ...args: string[]): ContenderEntry => ({
      ...{ id, group: 'own', usual: false },
      command: {
        program: process.execPath,
        args: ['--import', createRequire(import.meta.url).resolve('tsx'), wrongFile, ...args],
      },
    });
    const wrongFile = fileURLToPath(new URL('wrong-contender.ts', import.meta.url));
    const contenders = [
      ...[
        contender('right', 'none'),
        contender('wrong', 'bias-not-summed'),
        contender('own', 'bias-averaged', 'its own loss'),
      ],
      contender('none', 'no-such-mistake'),
    ];
    const options = { quick: true, rounds: 1, scenarios: null, threads: null, seed: 1, engines: [] };
    const report = await runScenarios(options, contenders, [TINY], 'npm run bench', io());
    expect(report.wrong).toEqual([{ scenario: 'tiny', id: 'wrong' }]);
    expect(report.scenarios[0].results).toMatchObject([
      { id: 'right', verdict: 'same' },
      { id: 'wrong', verdict: 'wrong' },
      { id: 'own', verdict: 'other' },
      { id: 'none', kind: 'failed' },
    ]);
    const markdown = benchMarkdown(report);
    expect(markdown).toContain('**The loss is wrong: wrong in tiny. Ignore their speed.**');
    expect(markdown).toMatch(/\| none \| not measured: none: unknown fault "no-such-mistake"/);
    expect(markdown).toMatch(/\| vector with bias-not-summed \|.*WRONG: \d\.\d+ after \d+ steps/);
    expect(markdown).toMatch(/\| vector with bias-averaged \|.*off: computes something else \|/);
    expect(markdown).toContain('- vector with bias-averaged: its own loss.');
    expect(benchChart(report)).toContain('WRONG LOSS: vector with bias');
    expect(sweepsChart(report)).toBeNull();
  });

  it('that was interrupted ends with 130, and has written nothing', async () => {
    const before = temporary();
    const heard = io(AbortSignal.timeout(300));
    const out = join(folder, 'interrupted');
    expect(await runBench(['--scenario', 'tiny', '--engine', 'vector', '--out', out], heard)).toBe(130);
    expect(heard.stderr).toMatch(/bench: interrupted; no files were written\n$/);
    expect(readdirSync(out)).toEqual([]);
    expect(temporary()).toEqual(before);
  });
});
