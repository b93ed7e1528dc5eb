// Ctrl-C and other signals: the results so far are saved in whole files, and the run ends at once
// with 130.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { savedReport } from './documents.ts';
import { COMPARED, filesIn, inTurn, newFolder, programWords, start } from './program.ts';
import type { Outcome } from './program.ts';
import { eventually } from '../running.ts';

/** A run that takes minutes unless it is stopped. */
const LONG = ['--dataset', 'moons', '--train-size', '5000', '--epochs', '400'];
const PROMPT = 20_000; // milliseconds; the whole run takes minutes, and a machine may be busy

/** Sends signals to a started run, and returns how long it continued after the first. */
function interrupted(
  args: readonly string[],
  out: string,
  signals: readonly NodeJS.Signals[],
): Promise<Outcome & { took: number }> {
  return inTurn(async () => {
    const { child, outcome } = start([...args, '--out', out]);
    // of compare, the gradient check has ended; of train, the folder is there, then data and
    // engines are loaded
    let said = '';
    child.stderr?.on('data', (text: string) => (said += text));
    const isAtWork = (): boolean => (args[0] === 'compare' ? said.includes('Gradient check:') : existsSync(out));
    await eventually(isAtWork, 20);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const sent = performance.now();
    for (const signal of signals) child.kill(signal);
    return { ...(await outcome), took: performance.now() - sent };
  });
}

const noScript =
  spawnSync('script', ['--version']).status === 0 ? null : 'there is no script (util-linux) to make a terminal';

/**
 * The same at a real terminal: types Ctrl-C as soon as the progress bar of that name shows
 * progress.
 */
function interruptedAt(
  bar: string,
  args: readonly string[],
): Promise<{ code: number | null; took: number; screen: string }> {
  return inTurn(async () => {
    const words = programWords(args).map((word) => `'${word}'`);
    const child = spawn('script', ['-qefc', words.join(' '), '/dev/null'], { timeout: 45_000, killSignal: 'SIGKILL' });
    let [screen, typed] = ['', NaN];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      screen += text;
      if (!Number.isNaN(typed) || !text.match(new RegExp(`${bar} [^\\n]*step [1-9]`))) return;
      typed = performance.now();
      child.stdin.write('\x03');
    });
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, took: performance.now() - typed, screen };
  });
}

describe.concurrent('compare', () => {
  it.for([
    ['SIGINT', 'cpu'],
    ['SIGTERM', 'wasm'],
  ] as const)('on %s saves the results so far and ends with 130', async ([signal, backend]) => {
    const out = join(newFolder(), 'out');
    const run = await interrupted(['compare', ...LONG, '--backend', backend], out, [signal]);
    expect(run.code).toBe(130);
    expect(run.took).toBeLessThan(PROMPT);
    expect(run.stdout).toMatch(/INCONCLUSIVE: .*interrupted/);
    expect(filesIn(out)).toEqual(COMPARED);
    const { verdict, interrupted: stopped, gradientCheck } = savedReport(out);
    expect(verdict).toEqual({ kind: 'inconclusive', reason: 'interrupted' });
    expect(stopped).toBe(true);
    // the check had finished, or (on a very busy machine) was itself interrupted
    expect(gradientCheck.verdict.kind).toMatch(/identical|agree|inconclusive/);
  });

  it('that has found a disagreement reports it although it was interrupted', async () => {
    const out = join(newFolder(), 'out');
    const run = await interrupted(['compare', ...LONG, '--backend', 'cpu', '--fault', 'sign'], out, ['SIGINT']);
    expect(run.code).toBe(130);
    expect(savedReport(out)).toMatchObject({ interrupted: true, verdict: { kind: 'disagree' } });
  });

  it('on two signals at once ends at once, with whole files or none', async () => {
    const out = join(newFolder(), 'out');
    const run = await interrupted(['compare', ...LONG, '--backend', 'cpu'], out, ['SIGINT', 'SIGTERM']);
    expect(run.code).toBe(130);
    expect(run.took).toBeLessThan(PROMPT);
    expect(run.stderr).toMatch(/^(Comparing .*\n)?(Gradient check: .*\n)?$/);
    expect(filesIn(out).every((file) => COMPARED.includes(file))).toBe(true);
  });

  it.for([['vector'], ['tfjs'], ['exact \\(f64\\)']])(
    'at a terminal is stopped by Ctrl-C in the phase "%s"',
    async ([bar], { skip }) => {
      if (noScript !== null) skip(noScript);
      const out = join(newFolder(), 'out');
      const { code, took, screen } = await interruptedAt(bar, [
        'compare',
        '--dataset',
        'moons',
        '--epochs',
        '150', // each phase lasts long enough to be interrupted
        '--hidden',
        '64,64',
        '--backend',
        'wasm',
        '--out',
        out,
      ]);
      expect(screen).toMatch(/INCONCLUSIVE/);
      expect(code).toBe(130);
      expect(took).toBeLessThan(PROMPT);
      expect(filesIn(out)).toEqual(COMPARED);
      const { settings, freeRun, verdict } = savedReport(out);
      expect(verdict.kind).toBe('inconclusive');
      // others run at the same time, and may have ended or not
      const { candidate, reference } = freeRun.loss;
      const losses = bar === 'vector' ? candidate : bar === 'tfjs' ? reference : (freeRun.exact?.loss ?? []);
      expect(losses.length).toBeLessThan(settings.steps);
    },
  );
});

describe.concurrent('train', () => {
  it.for(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'on %s saves its parameters in a whole file and ends with 130',
    async (signal) => {
      const out = join(newFolder(), 'out');
      const hours = [...LONG.slice(0, -1), '10000']; // epochs: the fast engine alone trains 400 in seconds
      const run = await interrupted(['train', ...hours, '--json'], out, [signal]);
      expect(run.code).toBe(130);
      expect(run.took).toBeLessThan(PROMPT);
      expect(JSON.parse(run.stdout)).toMatchObject({ kind: 'train', interrupted: true, accuracy: null });
      expect(filesIn(out)).toEqual(['parameters.json']);
    },
  );
});
