// Times to a verdict with real programs: the time, memory and end of a command, and a whole run,
// with a wrong verdict, a missing Python and an interruption.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runBench } from '../../scripts/bench/bench.ts';
import { parseBenchOptions } from '../../scripts/bench/options.ts';
import type { BenchOptions } from '../../scripts/bench/options.ts';
import { benchVerdicts } from '../../scripts/bench/verdict/bench-verdicts.ts';
import { program, pythonCheckers } from '../../scripts/bench/verdict/checkers.ts';
import { runCommand } from '../../scripts/bench/verdict/command.ts';
import type { VerdictReport } from '../../scripts/bench/verdict/report.ts';
import { timeTasks } from '../../scripts/bench/verdict/run.ts';
import type { Builds } from '../../scripts/bench/verdict/run.ts';
import { findTasks } from '../../scripts/bench/verdict/tasks.ts';
import { findCommit } from '../../scripts/bench/verdict/versions.ts';
import type { Io } from '../../src/program/io.ts';
import { eventually, isRunning } from '../running.ts';

const MAIN = join(inject('built'), 'dist/cli/main.js');
const NO_SIGNAL = new AbortController().signal;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'verdict test '));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Heard extends Io {
  stdout: string;
  stderr: string;
}

function io(signal = NO_SIGNAL): Heard {
  const heard: Heard = {
    stdout: '',
    stderr: '',
    outIsTty: false,
    errIsTty: false,
    signal,
    out: (text) => (heard.stdout += text),
    err: (text) => (heard.stderr += text),
    now: () => performance.now(),
    date: () => new Date('2026-01-02T03:04:05Z'),
  };
  return heard;
}

const temporary = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('backproof-verdict-'));

describe('a command', () => {
  const node = (script: string, signal = NO_SIGNAL, limit = 30) =>
    runCommand({ program: process.execPath, args: ['-e', script] }, folder, signal, limit);

  it('is timed with the CPU time and memory of all its processes, also of workers that are ended', async () => {
    const one = await node(`const end = Date.now() + 300; while (Date.now() < end); console.log('agree')`);
    expect(one).toMatchObject({ code: 0, stdout: 'agree\n', stderr: '' });
    expect(one.seconds).toBeGreaterThan(0.3);
    expect(one.cpuSeconds).toBeGreaterThan(0.1);
    const worker = `process.on('message', () => {}); Buffer.alloc(2 ** 28, 1); process.send('ready')`;
    const two = await node(`
      const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(worker)}], { stdio: ['ignore', 1, 2, 'ipc'] });
      child.on('message', () => child.kill());`);
    expect(two).toMatchObject({ code: 0, stderr: '' });
    expect(two.peakBytes - one.peakBytes).toBeGreaterThan(2 ** 28);
  });

  it('fails in one line where it cannot be started or is late, and leaves no process', async () => {
    await expect(runCommand({ program: '/nowhere/python', args: [] }, folder, NO_SIGNAL, 9)).rejects.toThrow(
      /^could not be started \(.*ENOENT/,
    );
    const file = join(folder, 'pid');
    const idle = `require('node:fs').writeFileSync(${JSON.stringify(file)}, String(process.pid)); setInterval(() => {}, 99)`;
    await expect(node(idle, NO_SIGNAL, 2)).rejects.toThrow('no verdict within 2 s');
    expect(await eventually(() => !isRunning(Number(readFileSync(file, 'utf8'))))).toBe(true);
    await expect(node(idle, AbortSignal.timeout(2000))).rejects.toThrow(/timeout/);
    expect(await eventually(() => !isRunning(Number(readFileSync(file, 'utf8'))))).toBe(true);
  });
});

describe('a run', () => {
  const builds: Builds = { current: async () => MAIN, commit: async () => MAIN };
  const options = async (...argv: string[]) => (await parseBenchOptions(argv)) as BenchOptions;

  it('times this checkout, a commit and differences in turn, writes its reports and leaves no other files', async () => {
    const before = temporary();
    const heard = io();
    const argv = ['--only', 'verdict', '--quick', '--against', 'HEAD', '--json', '--out', folder];
    expect(await benchVerdicts(await options(...argv), heard, builds)).toBe(0);
    const report = JSON.parse(heard.stdout) as VerdictReport;
    expect(JSON.parse(readFileSync(join(folder, 'verdict.json'), 'utf8'))).toEqual(report);
    expect(report).toMatchObject({
      schemaVersion: 1,
      kind: 'verdict',
      command: 'npm run bench -- --quick --only verdict --against HEAD',
      date: '2026-01-02',
      environment: { node: process.versions.node },
    });
    expect(report.against?.hash).toBe(report.commit?.hash);
    const [{ results, ...task }] = report.tasks;
    expect(task).toMatchObject({ name: 'gradcheck-xor', parameters: 82 });
    expect(results).toMatchObject([
      { id: 'this', verdict: 'agree', checked: null, timesThis: { median: 1 } },
      { id: 'earlier', label: report.commit?.hash, verdict: 'agree' },
      { id: 'differences', verdict: 'agree', checked: 82, of: 82 },
    ]);
    for (const r of results) {
      if (r.kind !== 'measured') throw new Error(r.reason);
      for (const x of [...r.rounds, r.cpuSeconds.median, r.peakMiB]) expect(x).toBeGreaterThan(0);
    }
    expect(readFileSync(join(folder, 'verdict.md'), 'utf8')).toContain('## gradcheck-xor: `backproof gradcheck');
    expect(readdirSync(folder).filter((name) => name.startsWith('verdict'))).toEqual([
      'verdict.json',
      'verdict.md',
      'verdict.svg',
    ]);
    expect(temporary()).toEqual(before);
  });

  it('reports a wrong verdict, a program that fails and a Python that is not there', async () => {
    const [task] = findTasks(['gradcheck-xor']);
    const wrong = { ...task, words: [...task.words, '--backend', 'cpu', '--fault', 'bias-not-summed@1'] };
    const unknown = { ...task, name: 'unknown', words: ['gradcheck', '--nonsense'] };
    const checkers = [program('this', 'this checkout', 'this', MAIN), ...pythonCheckers('/nowhere/python')];
    const { tasks } = await timeTasks(checkers, [wrong, unknown], { quick: true, rounds: 1 }, folder, io());
    expect(tasks[0].results).toMatchObject([
      { id: 'this', kind: 'measured', verdict: 'disagree' },
      ...['torch-full', 'torch-fast', 'jax'].map((id) => ({
        id,
        kind: 'failed',
        reason: expect.stringMatching(/^could not be started/) as string,
      })),
    ]);
    expect(tasks[1].results[0]).toMatchObject({
      kind: 'failed',
      reason: expect.stringMatching(/^exit code 2: /) as string,
    });
  });

  it('exits with 130 if it is interrupted while it builds, and leaves nothing', async () => {
    const before = temporary();
    const heard = io(AbortSignal.timeout(500));
    const out = join(folder, 'interrupted');
    expect(await runBench(['--only', 'verdict', '--quick', '--out', out], heard)).toBe(130);
    expect(heard.stderr).toMatch(/bench: interrupted; no files were written\n$/);
    expect(readdirSync(out)).toEqual([]);
    expect(temporary()).toEqual(before);
  });

  it('knows this checkout’s commits, and refuses others', async () => {
    expect((await findCommit('HEAD', NO_SIGNAL)).hash).toMatch(/^[0-9a-f]{7,}$/);
    await expect(findCommit('no-such-commit', NO_SIGNAL)).rejects.toThrow('git knows no commit "no-such-commit"');
    await expect(findCommit('--all', NO_SIGNAL)).rejects.toThrow('git knows no commit "--all"');
  });
});
