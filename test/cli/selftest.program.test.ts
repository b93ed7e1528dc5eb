// The selftest command: it shows that the checks work, reports the evidence as
// docs/checking-the-checker.md shows it, and can be stopped.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAULTS, FAULT_IDS } from '../../src/faults/registry.ts';
import { REQUIRED } from '../../src/selftest/selftest.ts';
import type { SelftestReport } from '../../src/report/formats/selftest.ts';
import { masked } from '../../scripts/docs/masked.ts';
import { startOf } from '../../scripts/docs/run.ts';
import { runsOf } from '../examples/gallery.ts';
import type { Run } from '../examples/gallery.ts';
import { BUILT, ROOT, complaint, filesIn, inProcess, inTurn, nativeMissing, newFolder, start } from './program.ts';
import { startWords } from './program.ts';
import { eventually, isRunning } from '../running.ts';

const LIMIT = 300_000;

const documentOf = (text: string): SelftestReport => JSON.parse(text) as SelftestReport;

/** The page that shows what a quick self-test prints. */
const PAGE = join(ROOT, 'docs/checking-the-checker.md');
const WRITE = process.env['WRITE_TRANSCRIPTS'] === '1';

function shownRun(): Run {
  const page = readFileSync(PAGE, 'utf8');
  const [run, ...more] = runsOf(page.slice(page.indexOf('\n## What does the quick one print?')));
  expect(more).toEqual([]);
  return run;
}

describe.concurrent('selftest', () => {
  it('--quick shows that the checks catch and name the known mistakes', { timeout: LIMIT }, async () => {
    const { command, text, shownOf, written } = shownRun();
    const [cwd, words] = [newFolder(), [process.execPath, ...startOf(command, BUILT)]];
    const run = await inTurn(() => startWords(words, { cwd, limit: LIMIT }).outcome);
    expect(run.code).toBe(0);
    if (WRITE) writeFileSync(PAGE, written(readFileSync(PAGE, 'utf8'), shownOf(run.stdout)));
    else expect(masked(text), 'WRITE_TRANSCRIPTS=1 writes it anew').toBe(masked(shownOf(run.stdout)));
    const out = join(cwd, 'results');
    expect(filesIn(out)).toEqual(['selftest.json', 'selftest.md']);
    const report = documentOf(readFileSync(join(out, 'selftest.json'), 'utf8'));
    expect(report).toMatchObject({ kind: 'selftest', verdict: { kind: 'agree' }, failures: [], interrupted: false });
    expect(report.engines).toEqual(['tfjs cpu']);

    const { kills, misses } = report.killTable;
    expect(kills.map(({ fault }) => fault)).toEqual(FAULT_IDS); // none is left out
    for (const kill of kills) {
      expect(kill.injected, kill.fault).toBeGreaterThan(0);
      expect(kill.caught, kill.fault).toBe(kill.injected);
      expect(kill.firstPlaceRight, kill.fault).toBe(kill.injected);
      expect(kill.namedWrong, kill.fault).toBe(0);
    }
    const total = (of: 'injected' | 'named'): number => kills.reduce((sum, kill) => sum + kill[of], 0);
    expect(total('named')).toBeGreaterThanOrEqual(0.95 * total('injected'));
    expect(total('injected') - total('named')).toBe(misses.length); // every miss is listed
    expect(new Set(kills.map(({ fault }) => FAULTS[fault].stage)).size).toBe(5);

    const { pairs, singleEntries, oracles, falseAlarms } = report;
    expect(pairs.caught + pairs.cancelled).toBe(pairs.injected);
    expect([pairs.namedWrong, pairs.notCaught]).toEqual([[], []]);
    expect([singleEntries.caught, singleEntries.missed]).toEqual([singleEntries.trials, []]);
    expect(singleEntries.everyEntry.caughtOnce).toBe(singleEntries.everyEntry.entries);
    expect(singleEntries.everyEntry.entries).toBeGreaterThan(100);
    // between rounding error and far beyond it
    expect(singleEntries.halfCaughtAt).toBeGreaterThan(0.5);
    expect(singleEntries.halfCaughtAt).toBeLessThan(1.5);
    expect(oracles.disagree).toEqual([]);
    expect(oracles.graphApart).toBeLessThanOrEqual(REQUIRED.graphApart);
    expect(falseAlarms.alarms).toEqual([]);
    expect(falseAlarms.networks).toBe(report.plan.networks);
    expect(falseAlarms.usage.map(({ engine }) => engine)).toEqual(report.engines);
    for (const { networks, largest } of falseAlarms.usage) {
      expect(networks).toBeGreaterThan(0.9 * report.plan.networks); // overflows are left out
      expect(largest).toBeLessThanOrEqual(1);
    }
    expect(falseAlarms.entriesCompared).toBe(falseAlarms.entriesThereAre);
    expect(falseAlarms.entriesCompared).toBeGreaterThan(100_000);
  });

  it(
    'against every backend there is ends with 130, inconclusive, if interrupted, and leaves no process behind',
    { timeout: LIMIT },
    async () => {
      const out = join(newFolder(), 'out');
      const { code, stdout, workers } = await inTurn(async () => {
        const { child, outcome } = start(['selftest', '--json', '--out', out], { limit: LIMIT });
        const children = await workersOf(child.pid ?? NaN);
        child.kill('SIGINT');
        return { ...(await outcome), workers: children };
      });
      expect(code).toBe(130);
      expect(documentOf(stdout)).toMatchObject({ verdict: { kind: 'inconclusive' }, interrupted: true });
      const there = nativeMissing() === null ? ['tfjs node', 'tfjs wasm', 'tfjs cpu'] : ['tfjs wasm', 'tfjs cpu'];
      expect(documentOf(stdout).engines).toEqual(there);
      expect(readFileSync(join(out, 'selftest.json'), 'utf8')).toBe(stdout);
      expect(workers.length).toBeGreaterThan(0);
      // on a busy machine they end after their parent
      await eventually(() => workers.every((pid) => !isRunning(pid)), 20);
      expect(workers.filter(isRunning)).toEqual([]);
      expect(filesIn(out)).toEqual(['selftest.json', 'selftest.md']);
    },
  );

  it('leaves no process behind on two signals at once', { timeout: LIMIT }, async () => {
    const { code, workers } = await inTurn(async () => {
      const { child, outcome } = start(['selftest', '--out', newFolder()], { limit: LIMIT });
      const children = await workersOf(child.pid ?? NaN);
      child.kill('SIGINT');
      child.kill('SIGTERM');
      return { ...(await outcome), workers: children };
    });
    expect(code).toBe(130);
    await eventually(() => workers.every((pid) => !isRunning(pid)), 20);
    expect(workers.filter(isRunning)).toEqual([]);
  });

  it.for(['0', '-3', '1.5', 'many'])('refuses --networks %s', async (networks) => {
    const run = await inProcess(['selftest', '--quick', '--networks', networks, '--out', newFolder()]);
    expect(complaint(run)).toMatch(/--networks/);
    expect(run.code).toBe(2);
  });

  it('refuses an unknown backend', async () => {
    const run = await inProcess(['selftest', '--quick', '--backend', 'gpu', '--out', newFolder()]);
    expect(complaint(run)).toMatch(/gpu.*node.*wasm.*cpu/);
    expect(run.code).toBe(2);
  });

  it.for(['--fault', '--hidden', '--dataset'])('refuses %s, an option of other commands', async (option) => {
    const run = await inProcess(['selftest', option, 'sign', '--out', newFolder()]);
    expect(complaint(run)).toContain(option.slice(2));
    expect(run.code).toBe(2);
  });
});

/** The worker processes of a self-test, once all have started. */
async function workersOf(pid: number): Promise<number[]> {
  const children = (): number[] =>
    spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
      .stdout.split('\n')
      .map(Number)
      .filter((child) => child > 0 && existsSync(`/proc/${child}`));
  await eventually(() => children().length > 0, 20);
  await new Promise((resolve) => setTimeout(resolve, 1000)); // they are at work
  return children();
}
