// The lines of progress of a gradient check, and the time left, which must not jump.
import { describe, expect, test } from 'vitest';
import { gradientCheck } from '../../src/check/gradient-check.ts';
import { UNWATCHED } from '../../src/check/watch.ts';
import { BYTES } from '../../src/cli/engines.ts';
import type { FaultInjection } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { countdown } from '../../src/program/countdown.ts';
import { CHECK_LABELS, createLines, createProgress } from '../../src/program/progress.ts';
import type { Io } from '../../src/program/io.ts';
import { injectionOf, parseFault } from '../../src/faults/registry.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';

/** Streams that keep what is written, and a clock that the test sets. */
function recorded(isTty: boolean): { io: Io; lines: string[]; clock: { time: number } } {
  const [lines, clock]: [string[], { time: number }] = [[], { time: 0 }];
  const io: Io = {
    out: () => expect.unreachable('progress is no result'),
    err: (text) => lines.push(text),
    outIsTty: isTty,
    errIsTty: isTty,
    signal: new AbortController().signal,
    now: () => clock.time,
    date: () => new Date(0),
  };
  return { io, lines, clock };
}

describe('a gradient check', () => {
  test.each([false, true])('prints a line every five seconds (terminal: %s)', (isTty) => {
    const { io, lines, clock } = recorded(isTty);
    const { watch, stop } = createProgress(io, { ...CHECK_LABELS, candidate: 'mine.ts' });
    for (let question = 0; question < 7; question++) {
      watch.progress('questions', question, 7);
      clock.time += 3000;
    }
    for (let n = 0; n < 53; n++) {
      watch.progress('mistakes', n, 53);
      clock.time += 500;
    }
    stop();
    expect(lines).toEqual([
      ...[3, 5, 7].map((n) => `gradient check: question ${n} of 7\n`),
      ...[5, 15, 25, 35, 45].map((n) => `looking for the mistake: ${n} of 53\n`),
    ]);
  });

  test('tells its parts, of a wrong candidate the search for the mistake too', async () => {
    const spec = network(3, [4], 'tanh', 2, 'softmax', 'cross-entropy');
    const optimizer = optimizerSpec('sgd');
    const setting = { network: spec, optimizer, scaling: BYTES };
    const right = () => createEngine('vector', spec, optimizer, { dtype: 'f64' });
    const inject = (injection: FaultInjection) => createEngine('vector', spec, optimizer, { dtype: 'f64', injection });
    const told = new Map<string, [number, number][]>();
    const watch = {
      ...UNWATCHED,
      progress: (phase: string, done: number, total: number) =>
        void told.set(phase, [...(told.get(phase) ?? []), [done, total]]),
    };
    const engines = {
      candidate: await inject(injectionOf(parseFault('missing-batch-mean', setting), setting)),
      reference: await right(),
    };
    const helpers = { injector: { setting, inject }, exact: await right(), watch };
    await gradientCheck(spec, startOf(spec, 1), randomBatch(spec, 6, 1), engines, helpers);
    expect([...told.keys()]).toEqual(['questions', 'slopes', 'mistakes']);
    expect(told.get('questions')).toHaveLength(14); // both engines
    const mistakes = told.get('mistakes') ?? [];
    expect(mistakes.length).toBeGreaterThan(10);
    for (const [done, total] of mistakes) expect(done).toBeLessThan(total);
  });
});

describe('the time left', () => {
  test('of steps that vary goes down without jumps', () => {
    const { io, lines, clock } = recorded(false);
    const { watch } = createLines(io, { candidate: 'mine.ts' }, { parts: [['candidate', 100]], together: false });
    for (let step = 0; step < 100; step++) {
      watch.progress('candidate', step, 100);
      clock.time += step % 20 < 10 ? 800 : 1200; // a second on average
    }
    const left = lines.flatMap((line) => Array.from(line.matchAll(/about (\d+) s left/g), ([, s]) => Number(s)));
    expect(left.length).toBeGreaterThan(12);
    for (let n = 1; n < left.length; n++) expect(left[n]).toBeLessThanOrEqual(left[n - 1]);
  });

  test('follows a slower speed within a minute', () => {
    const steadied = countdown();
    expect(steadied(60, 0)).toBe(60);
    expect(steadied(59, 1000)).toBe(59);
    let shown = 0;
    for (let second = 2; second <= 60; second++) shown = steadied(200 - second, 1000 * second);
    expect(shown).toBeGreaterThan(125);
    expect(shown).toBeLessThanOrEqual(140);
  });

  test('is never below 0', () => {
    const steadied = countdown();
    steadied(1, 0);
    expect(steadied(0, 60_000)).toBe(0);
  });
});
