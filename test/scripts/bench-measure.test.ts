// The measuring itself, with clocks that the contenders move.
import { describe, expect, it } from 'vitest';
import { checkpoint, measure } from '../../scripts/bench/measure.ts';
import type { Launcher, Outcome } from '../../scripts/bench/measure.ts';
import type { Trained } from '../../scripts/bench/protocol.ts';
import { ratio } from '../../scripts/bench/statistics.ts';
import { PLAN, TASK, fake, fakeWorld } from './bench-fixture.ts';

const entries = (...launchers: Launcher[]) => launchers.map((launcher) => ({ launcher, task: TASK }));

type Measured = Extract<Outcome, { kind: 'measured' }>;

describe('measure', () => {
  it('takes laps in turn, after warm-up, of the length wished for', async () => {
    const world = fakeWorld();
    const [a, b] = [
      fake({ id: 'a', stepSeconds: () => 0.01 }, world),
      fake({ id: 'b', stepSeconds: () => 0.04 }, world),
    ];
    const [first, second] = (await measure(entries(a, b), PLAN, world)) as Measured[];
    expect(first).toMatchObject({ id: 'a', kind: 'measured', label: 'the a', lapSteps: 40, residentBytes: 2 ** 20 });
    expect(second.lapSteps).toBe(10);
    expect(first.rates).toHaveLength(5);
    for (const rate of first.rates) expect(rate).toBeCloseTo(1000, 6);
    for (const rate of second.rates) expect(rate).toBeCloseTo(250, 6);
    const laps = world.log.filter((line) => / train \d+ (40|10)$/.test(line)).map((line) => line[0]);
    expect(laps.slice(-10).join('')).toBe('ababababab');
  });

  it('has the ratio right where the machine changes its speed', async () => {
    const world = fakeWorld();
    const pace = (now: number): number => (Math.floor(now / 0.7) % 2 === 0 ? 1 : 1.5);
    const [a, b] = [1, 3].map((cost, i) =>
      fake({ id: 'ab'[i], stepSeconds: (now) => 0.004 * cost * pace(now) }, world),
    );
    const [first, second] = (await measure(entries(a, b), { ...PLAN, rounds: 41 }, world)) as Measured[];
    const times = ratio(first.rates, second.rates);
    expect([2, 3, 4.5]).toContainEqual(Number(times?.median.toFixed(6)));
    expect(times?.median).toBeCloseTo(3, 6);
  });

  it('measures the first step in fresh processes, opening included, and the start from nothing', async () => {
    const world = fakeWorld();
    const [a] = (await measure(entries(fake({ id: 'a', stepSeconds: () => 0.25 }, world)), PLAN, world)) as Measured[];
    expect(a.firstStepSeconds).toEqual([0.75, 0.75]);
    expect(a.startSeconds).toEqual([1.25, 1.25]);
    expect(world.log.slice(0, 5)).toEqual(['a launch', 'a train 0 1', 'a close', 'a launch', 'a train 0 1']);
  });

  it('compares losses after the same steps, early and late, and after fewer where these would take too long', async () => {
    const world = fakeWorld();
    const [fast, slow] = (await measure(
      entries(fake({ id: 'fast', stepSeconds: () => 0.01 }, world), fake({ id: 'slow', stepSeconds: () => 1 }, world)),
      PLAN,
      world,
    )) as Measured[];
    expect(fast.trained.map(({ steps }) => steps)).toEqual([2, 100]);
    expect(slow.trained.map(({ steps }) => steps)).toEqual([2, 10]);
    expect(
      world.log
        .slice(4)
        .filter((line) => line.startsWith('fast'))
        .slice(0, 3),
    ).toEqual([...['fast launch', 'fast train 0 1', 'fast train 1 1']]);
    expect(world.log).toContain('fast train 2 98');
  });

  it('leaves a slow one out of later rounds, and keeps three of its laps', async () => {
    const world = fakeWorld();
    const [slow, fast] = (await measure(
      entries(fake({ id: 'slow', stepSeconds: () => 9 }, world), fake({ id: 'fast', stepSeconds: () => 0.01 }, world)),
      { ...PLAN, rounds: 7 },
      world,
    )) as Measured[];
    expect(slow).toMatchObject({ lapSteps: 1, trained: [{ steps: 2 }] });
    expect(slow.rates).toHaveLength(3);
    expect(fast.rates).toHaveLength(7);
    expect(ratio(fast.rates, slow.rates)?.median).toBeCloseTo(900, 6);
  });

  it('begins the order again where it ends', async () => {
    const world = fakeWorld();
    await measure(entries(fake({ id: 'a', stepSeconds: () => 0.001 }, world)), PLAN, world);
    for (const line of world.log) {
      const [, , from, steps] = line.split(' ').map(Number);
      if (line.includes('train')) expect(from + steps).toBeLessThanOrEqual(TASK.steps);
    }
  });

  it('goes on without those that fail or cannot', async () => {
    const world = fakeWorld();
    const failing = (): never => {
      throw new Error('no memory left\nat somewhere');
    };
    const outcomes = await measure(
      entries(
        fake({ id: 'a', stepSeconds: () => 0.01, answers: { loss: failing } }, world),
        fake(
          { id: 'b', stepSeconds: () => 0.01, answers: { open: async () => ({ unable: 'it has no Adam' }) } },
          world,
        ),
        fake({ id: 'c', stepSeconds: () => 0.01 }, world),
      ),
      PLAN,
      world,
    );
    expect(outcomes).toMatchObject([
      { id: 'a', kind: 'failed', reason: 'no memory left' },
      { id: 'b', kind: 'unable', reason: 'it has no Adam' },
      { id: 'c', kind: 'measured' },
    ]);
  });

  it('has no speed for one that stops its clock before the work is done', async () => {
    const world = fakeWorld();
    const train = async (): Promise<Trained> => {
      world.seconds += 1;
      return { seconds: 0.4, losses: [] };
    };
    const hasty = fake({ id: 'hasty', stepSeconds: () => 1, answers: { train } }, world);
    const [outcome] = await measure(entries(hasty), PLAN, world);
    expect(outcome).toMatchObject({
      kind: 'failed',
      reason: 'its laps took 2.00 s by its own clock, but 5.00 s by ours',
    });
  });

  it('ends them all when it is interrupted', async () => {
    const interruption = new AbortController();
    const world = fakeWorld(interruption.signal);
    const killed: string[] = [];
    const launchers = ['a', 'b'].map((id) =>
      fake({ id, stepSeconds: () => 0.01, answers: { kill: () => void killed.push(id) } }, world),
    );
    const abort = async (): Promise<number> => {
      interruption.abort();
      return 1;
    };
    const late = fake({ id: 'late', stepSeconds: () => 0.01, answers: { loss: abort } }, world);
    await expect(measure(entries(...launchers, late), PLAN, world)).rejects.toThrow(/abort/);
    expect(killed).toEqual(['a', 'b']);
  });
});

describe('checkpoint', () => {
  it.each([
    [100, 0.01, 10, 100],
    [100, 0.2, 10, 30],
    [20, 0.01, 10, 10],
    [100, 60, 10, 2],
    [1, 0.01, 10, 2],
  ])('of at most %d steps of %d s in %d s is %d', (most, secondsPerStep, seconds, expected) => {
    expect(checkpoint(most, secondsPerStep, seconds)).toBe(expected);
  });
});
