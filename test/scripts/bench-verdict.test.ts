// Times to a verdict compared with figures by hand: answers of other checks, runs in turn, ratios,
// extrapolation, words, options; central differences of a gradient that is right, and of one that
// is not.
import { describe, expect, it } from 'vitest';
import { parseBenchOptions, partsOf } from '../../scripts/bench/options.ts';
import type { BenchOptions } from '../../scripts/bench/options.ts';
import { parseAnswer } from '../../scripts/bench/verdict/answer.ts';
import { agreeAt } from '../../scripts/bench/verdict/central.ts';
import { growthChart, verdictChart } from '../../scripts/bench/verdict/chart.ts';
import { NotHere, program, pythonCheckers } from '../../scripts/bench/verdict/checkers.ts';
import type { Checker } from '../../scripts/bench/verdict/checkers.ts';
import type { Ran } from '../../scripts/bench/verdict/command.ts';
import { verdictMarkdown } from '../../scripts/bench/verdict/markdown.ts';
import { timeVerdicts } from '../../scripts/bench/verdict/measure.ts';
import type { Timed } from '../../scripts/bench/verdict/measure.ts';
import { ownFailures, taskReport } from '../../scripts/bench/verdict/report.ts';
import type { VerdictReport, VerdictTaskReport } from '../../scripts/bench/verdict/report.ts';
import { GROWTH_TASKS, TASKS, findTasks } from '../../scripts/bench/verdict/tasks.ts';
import { verdictTerminal } from '../../scripts/bench/verdict/terminal.ts';
import { duration } from '../../scripts/bench/verdict/words.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { UsageError } from '../../src/errors.ts';
import { initialParameters } from '../../src/network/initializers.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { reluNetwork } from '../../scripts/bench/scenarios.ts';
import { refusal } from '../refusal.ts';

const [XOR] = findTasks(['gradcheck-xor']);
const NO_SIGNAL = new AbortController().signal;

function ran(seconds: number, more: Partial<Ran> = {}): Ran {
  return { code: 0, stdout: '', stderr: '', seconds, cpuSeconds: 2 * seconds, peakBytes: 3 * 2 ** 20, ...more };
}

/** Takes the given seconds, one after another, and says that it agrees unless told otherwise. */
function checker(id: string, side: Checker['side'], said: Partial<ReturnType<Checker['read']>> = {}): Checker {
  return {
    id,
    label: `the ${id}`,
    side,
    joins: () => true,
    command: () => ({ program: id, args: [] }),
    read: ({ seconds }) => ({ agree: true, checked: null, of: null, seconds, versions: {}, ...said }),
  };
}

async function time(
  checkers: readonly Checker[],
  seconds: Readonly<Record<string, readonly number[]>>,
  enoughSeconds = 10,
): Promise<{ outcomes: Timed[]; log: string[] }> {
  const log: string[] = [];
  const outcomes = await timeVerdicts(
    checkers,
    { task: XOR, folder: '/task' },
    { rounds: 3, enoughSeconds, limitSeconds: 60 },
    async ({ id }) => {
      log.push(id);
      const next = seconds[id][log.filter((one) => one === id).length - 1];
      if (Number.isNaN(next)) throw new Error('no verdict within 60 s');
      return ran(next);
    },
    NO_SIGNAL,
    () => {},
  );
  return { outcomes, log };
}

function reportOf(...tasks: VerdictTaskReport[]): VerdictReport {
  const plan = { rounds: 3, enoughSeconds: 10, limitSeconds: 60 };
  return {
    schemaVersion: 1,
    kind: 'verdict',
    command: 'npm run bench -- --only verdict',
    date: '2026-01-02',
    commit: { hash: 'abc1234', date: '2026-01-01', changed: true },
    against: { hash: 'def5678', date: '2025-12-31' },
    environment: {
      backproof: '0.1.0',
      node: '20.19.0',
      platform: 'linux x64',
      cpu: 'a processor',
      cores: 2,
      v8: '11',
      os: 'Linux',
      load: 0.25,
      versions: { torch: '2.0' },
    },
    settings: { standard: plan, sweeps: plan },
    tasks,
  };
}

describe('the answer of another check', () => {
  const line = '{"agree":true,"checked":2,"of":8,"spent":1,"whole":4,"versions":{"torch":"2.0"}}';

  it('is the last line of its output', () => {
    const versions = { torch: '2.0' };
    expect(parseAnswer(`hello\n${line}\n`)).toEqual({ agree: true, checked: 2, of: 8, spent: 1, whole: 4, versions });
  });

  it.each(['', 'AGREE', '{}', line.replace('true', '"yes"'), line.replace('"checked":2', '"checked":0'), `${line} x`])(
    'is refused if it is %j',
    (stdout) => {
      expect(() => parseAnswer(stdout)).toThrow(/^expected a verdict as JSON, got "/);
    },
  );
});

describe('a check in Python', () => {
  const [full, fast] = pythonCheckers('/venv/bin/python');
  const answer = { agree: false, checked: 2, of: 8, spent: 1, whole: 4, versions: {} };

  it('takes as long as it took, with the time for all parameters in place of that for some', () => {
    const said = full.read(ran(10, { stdout: JSON.stringify(answer) }));
    expect(said).toEqual({ agree: false, checked: 2, of: 8, seconds: 13, versions: {} });
  });

  it('fails with its last words', () => {
    const stderr = "Traceback (most recent call last):\nModuleNotFoundError: No module named 'torch'\n";
    expect(() => full.read(ran(1, { code: 1, stderr }))).toThrow(
      "exit code 1: ModuleNotFoundError: No module named 'torch'",
    );
  });

  it('takes part in tasks that are a gradcheck, and in sweeps if it is fast', () => {
    const [compare, swept] = findTasks(['compare-cpu', 'hidden-32']);
    expect([compare, XOR, swept].map((task) => full.joins(task))).toEqual([false, true, false]);
    expect([compare, XOR, swept].map((task) => fast.joins(task))).toEqual([false, true, true]);
    expect(full.command({ task: XOR, folder: '/task' })).toMatchObject({
      program: '/venv/bin/python',
      args: [expect.stringMatching(/gradient_checks\.py$/), 'torch-full', '/task'],
    });
  });
});

describe('the verdict of the program', () => {
  const own = program('this', 'this checkout', 'this', '/dist/cli/main.js');

  it('is its exit code', () => {
    expect(own.read(ran(2))).toMatchObject({ agree: true, seconds: 2 });
    expect(own.read(ran(2, { code: 1 }))).toMatchObject({ agree: false });
  });

  it('is missing where something is not installed, or the program fails', () => {
    expect(() => own.read(ran(2, { code: 3, stderr: 'tfjs node is not available\n' }))).toThrow(NotHere);
    const failed = ran(2, { code: 4, stderr: 'RangeError: bad\n    at x.js\n' });
    expect(() => own.read(failed)).toThrow('exit code 4: RangeError: bad');
    expect(() => own.read(ran(2, { code: null }))).toThrow('exit code null: ');
  });
});

describe('runs', () => {
  it('take turns; a check that fails or has had enough time is dropped', async () => {
    const all = [checker('this', 'this'), checker('slow', 'python'), checker('late', 'python')];
    const { outcomes, log } = await time(all, { this: [1, 2, 3], slow: [4, 7], late: [1, NaN] });
    expect(log).toEqual(['this', 'slow', 'late', 'this', 'slow', 'late', 'this']);
    expect(outcomes).toMatchObject([
      { kind: 'measured', rounds: [{ seconds: 1 }, { seconds: 2 }, { seconds: 3 }] },
      { kind: 'measured', rounds: [{ seconds: 4 }, { seconds: 7 }] },
      { kind: 'failed', reason: 'no verdict within 60 s' },
    ]);
  });

  it('end with an interruption, which is no failure of a check', async () => {
    const interruption = new AbortController();
    const stop = async (): Promise<Ran> => {
      interruption.abort(new Error('interrupted'));
      throw new Error('ended');
    };
    const plan = { rounds: 1, enoughSeconds: 1, limitSeconds: 1 };
    const timed = timeVerdicts(
      [checker('this', 'this')],
      { task: XOR, folder: '/' },
      plan,
      stop,
      interruption.signal,
      () => {},
    );
    await expect(timed).rejects.toThrow('interrupted');
  });
});

describe('a report', () => {
  const others = [checker('this', 'this'), checker('earlier', 'earlier')];

  it('holds ratios round by round, and the share that was measured', async () => {
    const part = { checked: 2, of: 8, seconds: 80 };
    const { outcomes } = await time([...others, checker('differences', 'differences', part)], {
      this: [1, 2, 4],
      earlier: [3, 4, 40],
      differences: [5, 5],
    });
    const [own, earlier, differences] = taskReport(XOR, 82, outcomes, null).results;
    expect(own).toMatchObject({ verdict: 'agree', timesThis: { median: 1 }, checked: null, peakMiB: 3 });
    expect(own).toMatchObject({ seconds: { median: 2 }, cpuSeconds: { median: 4 }, networksPerSecond: null });
    expect(earlier).toMatchObject({ timesThis: { median: 3, min: 2, max: 10 }, timesFirstPoint: null });
    expect(differences).toMatchObject({
      ...{ checked: 2, of: 8 },
      seconds: { median: 80 },
      spentSeconds: { median: 5 },
    });
    expect(differences).toMatchObject({ timesThis: { median: 60 } });
  });

  it('counts networks per second, and compares with the first point of a sweep', async () => {
    const [selftest] = findTasks(['selftest']);
    const { outcomes } = await time(others.slice(0, 1), { this: [4, 4, 4] }, 100);
    const { outcomes: first } = await time(others.slice(0, 1), { this: [2, 2, 2] });
    const [result] = taskReport(selftest, null, outcomes, first).results;
    expect(result).toMatchObject({ networksPerSecond: { median: (selftest.networks ?? NaN) / 4 } });
    expect(result).toMatchObject({ timesFirstPoint: { median: 2 } });
  });

  it('is written as Markdown, for the terminal and as charts', async () => {
    const python = checker('torch', 'python', { agree: false, checked: 2, of: 101_770, seconds: 7200 });
    const missing = checker('jax', 'python');
    const seconds = { this: [1, 2, 4], earlier: [3, 4, 8], torch: [5, 5], jax: [NaN] };
    const { outcomes } = await time([...others, python, missing], seconds);
    const swept = findTasks(['hidden-32', 'hidden-64']).map((t) => taskReport(t, 25_450, outcomes, outcomes));
    const report = reportOf(taskReport(XOR, 82, outcomes, null), ...swept);
    const markdown = verdictMarkdown(report);
    for (const part of [
      '2026-01-02, commit abc1234 of 2026-01-01 with changes, against def5678 of 2025-12-31, 2 × a processor',
      'load 0.3 before the run, Node 20.19.0, torch 2.0, medians of up to 3 runs in turn',
      '## gradcheck-xor: `backproof gradcheck --dataset xor --hidden 16 --batch-size 64 --seed 1`, 82 parameters',
      '| the this | 2.00 s | 1.00 s to 4.00 s | 1.00 × | 4.00 s | 3 MiB | agrees |',
      '| the torch | ≈ 2.00 h | 2.00 h to 2.00 h | 5,400 × | 10.0 s | 3 MiB | DISAGREES, a false alarm; 5.00 s for 2 of 101,770 parameters, extrapolated |',
      '| the jax | not measured: no verdict within 60 s |',
      '| parameters | 25,450 | 25,450 |',
      '| the this | 2.00 s | 2.00 s (1.00 ×) |',
      '| the torch | ≈ 2.00 h (disagrees) | ≈ 2.00 h (1.00 ×) (disagrees) |',
      'Repeat with `npm run bench -- --only verdict`.',
    ]) {
      expect(markdown).toContain(part);
    }
    expect(verdictTerminal(report)).toMatch(/^the jax +not measured: no verdict within 60 s/m);
    expect(verdictChart(report)).toContain('FALSE ALARM: the torch');
    expect(verdictChart(reportOf(...swept))).toBeNull();
    expect(growthChart(report)).toContain('Units of the hidden layer');
    expect(growthChart(reportOf(report.tasks[0]))).toBeNull();
  });

  it('names what this program got wrong or could not do, and nothing of other checks', async () => {
    const wrong = [checker('this', 'this', { agree: false }), others[1], checker('jax', 'python', { agree: false })];
    const { outcomes } = await time(wrong, { this: [1, 1, 1], earlier: [NaN], jax: [1, 1, 1] });
    const report = reportOf(taskReport(XOR, 82, outcomes, null));
    expect(ownFailures(report)).toEqual({
      wrong: ['the this in gradcheck-xor'],
      failed: ['the earlier in gradcheck-xor: no verdict within 60 s'],
    });
    expect(verdictMarkdown(report)).toContain('**Wrong verdict: the this in gradcheck-xor.**');
    expect(verdictTerminal(report)).toContain('FAILED  the earlier in gradcheck-xor: no verdict within 60 s');
    const { outcomes: right } = await time(others, { this: [1, 1, 1], earlier: [1, 1, 1] });
    expect(ownFailures(reportOf(taskReport(XOR, 82, right, null)))).toEqual({ wrong: [], failed: [] });
  });
});

describe('tasks', () => {
  it('have unique names, and are found by name or family', () => {
    const names = [...TASKS, ...GROWTH_TASKS].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(findTasks(['depth-2', 'compare']).map(({ name }) => name)).toEqual([
      'compare-node',
      'compare-wasm',
      'compare-cpu',
      'depth-2',
    ]);
    expect(refusal(UsageError, () => findTasks(['check']))).toBe(
      'unknown task "check" | choose from compare, compare-node, compare-wasm, compare-cpu, gradcheck, gradcheck-xor, gradcheck-mnist, gradcheck-2m, gradcheck-9m, selftest, hidden, batch, depth',
    );
  });
});

describe('parts', () => {
  const parts = async (...argv: string[]) => partsOf((await parseBenchOptions(argv)) as BenchOptions);

  it.each([
    [[], ['training', 'verdict']],
    [['--only', 'verdict'], ['verdict']],
    [['--engine', 'wasm'], ['training']],
    [['--no-sweeps'], ['training']],
    [['--task', 'selftest', '--python'], ['verdict']],
    [['--against', 'HEAD~1'], ['verdict']],
    [
      ['--against', 'HEAD~1', '--scenario', 'sgd-32'],
      ['training', 'verdict'],
    ],
  ])('%j: %j', async (argv, expected) => {
    expect(await parts(...argv)).toEqual(expected);
  });

  it.each([
    [['--only', 'speed'], /^--only: unknown part "speed"/],
    [['--only', 'training', '--task', 'selftest'], /^--task: only for the part verdict/],
    [['--only', 'training', '--against', 'x'], /^--against: only for the part verdict/],
    [['--only', 'verdict', '--scenario', 'tiny'], /^--scenario: only for the part training/],
    [['--only', 'verdict', '--engine', 'wasm'], /^--engine: only for the part training/],
    [['--json'], /^--json prints the report of one part/],
  ])('%j is refused', async (argv, message) => {
    await expect(parts(...argv)).rejects.toThrow(message);
  });
});

describe('words', () => {
  it('show long times in minutes, hours and days', () => {
    expect([0.01, 12, 900, 7200, 864_000].map(duration)).toEqual([
      '10.0 ms',
      '12.0 s',
      '15.0 min',
      '2.00 h',
      '10.0 days',
    ]);
  });
});

describe('central differences', () => {
  it('agree with the right gradients, and not with one that is off', async () => {
    const network = reluNetwork(3, [4], 2);
    const parameters = initialParameters(network, 'glorot-uniform', 1).map((tensor) => ({
      ...tensor,
      values: Float64Array.from(tensor.values),
    }));
    const inputs = { rows: 2, cols: 3, data: Float64Array.of(0.1, 0.7, 0.3, 0.9, 0.2, 0.5) };
    const batch = { inputs, targets: { rows: 2, cols: 2, data: Float64Array.of(1, 0, 0, 1) } };
    const engine = await createEngine('vector', network, optimizerSpec('sgd', {}), { dtype: 'f64' });
    await engine.load(parameters);
    const { gradients } = await engine.lossAndGradients(batch);
    const right = gradients.map(({ values }) => Float64Array.from(values));
    const problem = { network, batch, parameters, sample: null };
    const all = Array.from({ length: 3 * 4 + 4 + 4 * 2 + 2 }, (_, i) => i);
    expect(agreeAt(problem, right, all)).toBe(true);
    for (const change of [1e-3, NaN]) {
      const wrong = right.map((values) => values.slice());
      wrong[2][5] += change; // position 16 + 5
      expect(agreeAt(problem, wrong, all)).toBe(false);
      expect(agreeAt(problem, wrong, [21])).toBe(false);
      expect(agreeAt(problem, wrong, [20, 22])).toBe(true);
    }
  });
});
