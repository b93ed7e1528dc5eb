// Parts of fuzzing that need no engine or a small one: the order of results, the space, what a
// candidate refuses, the words of a report.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import '../../src/vitest.ts';
import type { CandidateProblem } from '../../src/candidates/candidate.ts';
import { drawProblem } from '../../src/fuzz/draw.ts';
import { learn } from '../../src/fuzz/learn.ts';
import { problems } from '../../src/fast-check.ts';
import { anyNetwork, spaceOf } from '../../src/fuzz/space.ts';
import type { AnyNetworkOptions } from '../../src/fuzz/space.ts';
import { Adding } from '../../src/fuzz/tally.ts';
import type { SeedResult } from '../../src/fuzz/tally.ts';
import { fuzz } from '../../src/fuzz/fuzz.ts';
import { fuzzWork, rangesOf } from '../../src/fuzz/fuzz-work.ts';
import { inOrder } from '../../src/fuzz/work.ts';
import { effort, shortest } from '../../src/fuzz/shrink/rounding.ts';
import { checkBatch } from '../../src/network/batch.ts';
import { checkShapes } from '../../src/network/parameters.ts';
import { checkNetwork, layersOf } from '../../src/network/spec.ts';
import { localSubject } from '../../src/matchers/implementation.ts';
import { spoilt } from '../matchers/implementations.ts';
import { messageOf } from '../matchers/problems.ts';
import { COMPUTED, REGRESSION, fuzzed } from './fuzzed.ts';
import { WRONG, right } from './wrong.ts';

fc.configureGlobal({ seed: 1 });

describe('results in the order of seeds', () => {
  it('do not depend on the order and the cut of what comes, and count each seed once', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(30), fc.nat(9)), { maxLength: 30 }), (ranges) => {
        const seen: number[] = [];
        const order = inOrder<number>({ from: 3, count: 20 }, (result, seed) => {
          expect(result).toBe(seed * seed);
          return seen.push(seed) > 0;
        });
        const given = new Set<number>();
        for (const [from, count] of ranges) {
          const seeds = Array.from({ length: count }, (_, n) => from + n);
          seeds.forEach((seed) => given.add(seed));
          order.take(
            from,
            seeds.map((seed) => seed * seed),
          );
        }
        let next = 3;
        while (given.has(next) && next < 23) next++;
        expect(seen).toEqual(Array.from({ length: next - 3 }, (_, n) => n + 3));
        expect([order.next, order.isDone]).toEqual([next, next === 23]);
      }),
    );
  });

  it('end with the first that wants no more', () => {
    const seen: number[] = [];
    const order = inOrder<string>({ from: 0, count: 9 }, (result, seed) => {
      seen.push(seed);
      return result !== 'wrong';
    });
    order.take(2, ['wrong', 'right']);
    order.take(0, ['right', 'right']);
    order.take(4, ['right']);
    expect([seen, order.isDone]).toEqual([[0, 1, 2], true]);
  });
});

test('a failure that is known when the run is stopped is reported, whoever was to come before it', async () => {
  const stop = new AbortController();
  const subject = localSubject(WRONG['last unit skipped if odd'].candidate);
  const run = rangesOf(subject);
  const found = await fuzz(
    subject,
    { seed: 1, runs: 60, keepGoing: false, space: COMPUTED },
    {
      until: stop.signal,
      async all(space, _range, order, signal) {
        order.take(11, await run(space, { from: 11, count: 40 }, signal));
        stop.abort();
      },
    },
  );
  expect(found.verdict.kind).toBe('disagree');
  expect(found.found?.seed).toBeGreaterThan(10);
});

test('the same seeds give the same tally, however they are cut', async () => {
  const subject = localSubject(right);
  const work = fuzzWork(subject, COMPUTED, { version: 'test' });
  const tallyOf = async (...cuts: number[]) => {
    const adding = new Adding(true);
    const order = inOrder<SeedResult>({ from: 7, count: 12 }, (result, seed) => adding.add(result, seed));
    const chunks = cuts.slice(1).map((to, n) => ({ from: cuts[n], count: to - cuts[n] }));
    for (const range of chunks.reverse())
      order.take(range.from, JSON.parse(JSON.stringify(await work.run(range))) as SeedResult[]);
    return adding.tally();
  };
  const whole = await tallyOf(7, 19);
  expect(whole).toMatchObject({ runs: 12, right: 12 });
  expect(await tallyOf(7, 8, 12, 13, 19)).toEqual(whole);
});

describe('the space', () => {
  it('is drawn from alone, and every problem is possible', () => {
    const space = spaceOf({ activations: ['relu'], losses: ['mse'], depths: [2], largest: 4, kinds: ['layer-norm'] });
    const everything = spaceOf();
    for (let seed = 1; seed <= 60; seed++) {
      for (const one of [space, everything]) {
        const { network, start, batch } = drawProblem(seed, one);
        checkNetwork(network);
        checkShapes(network, start);
        checkBatch(network, batch);
      }
      const { network, batch } = drawProblem(seed, space);
      expect(network.loss).toBe('mse');
      expect(layersOf(network).filter(({ page }) => page.id === 'dense')).toHaveLength(2);
      expect(Math.max(batch.inputs.rows, ...layersOf(network).map(({ units }) => units))).toBeLessThanOrEqual(4);
    }
    expect(drawProblem(5, everything)).toEqual(drawProblem(5, everything));
  });

  it.each([
    [{ activations: ['rellu'] }, 'unknown name in activations "rellu"'],
    [{ outputs: ['linear'], losses: ['cross-entropy'] }, 'no loss that is wanted is defined on an output'],
    [{ depths: [0] }, 'depths: expected whole numbers from 1 to 50, got 0'],
    [{ largest: 0 }, 'largest: expected a whole number from 1 to 1000, got 0'],
    [{ examples: [3, 2] as const }, 'examples: expected the fewest and the most, got 3, 2'],
    [{ scale: NaN }, 'scale: expected a number above 0, got NaN'],
    [{ activation: ['relu'] }, 'unknown option of anyNetwork "activation"'],
  ])('%j: %s', (options, message) => {
    expect(() => anyNetwork(options as AnyNetworkOptions)).toThrow(message);
  });
});

describe('what a candidate computes', () => {
  it('is found out by what it refuses', async () => {
    const { space, refused } = await learn(localSubject(right), spaceOf({ losses: ['mse', 'cross-entropy', 'huber'] }));
    expect(space).toMatchObject({
      activations: ['linear', 'relu', 'sigmoid', 'tanh'],
      kinds: [],
      penalties: [],
      depths: [1, 2, 3, 4],
      examples: [1, 9],
    });
    const names = refused.map(({ what }) => what);
    expect(names).toEqual(expect.arrayContaining(['activation gelu', 'loss huber', 'layer conv2d', 'penalty l2']));
    expect(refused.find(({ what }) => what === 'loss huber')?.said).toMatch(
      /threw Error: loss huber is not implemented/,
    );
  });

  it('is not what it refuses everything: nothing is decided', async () => {
    const refusing = (): never => {
      throw new Error('not today');
    };
    const { verdict, tally, refused } = await fuzzed(refusing);
    expect(verdict.kind).toBe('inconclusive');
    expect(tally.runs).toBe(0);
    expect(refused).toMatchObject([{ what: 'every network', said: expect.stringMatching(/not today/) as string }]);
  });

  it('may be less than what it promised: such networks are counted apart', async () => {
    const odd = (problem: CandidateProblem) => {
      if (problem.inputs.length === 3) throw new Error('three is too many');
      return right(problem);
    };
    const { verdict, tally } = await fuzzed(odd, { runs: 30 });
    expect(verdict.kind).toBe('agree');
    expect(tally.refused).toBeGreaterThan(0);
    expect(tally.right + tally.refused).toBe(30);
    expect(tally.refusals).toMatchObject([{ count: tally.refused }]);
  });
});

test('a candidate that is wrong only after other networks is not shrunk, and that is said', async () => {
  let calls = 0;
  const tired = (problem: CandidateProblem) => (calls++ === 200 ? spoilt({ loss: (x) => x + 1 }) : right)(problem);
  const { found } = await fuzzed(tired, { runs: 100 });
  expect(found?.headline).toMatch(/after other networks, and not when it is asked for it alone$/);
  expect(found?.shrinking.tried).toBe(0);
});

test('numbers are written as the shortest decimals that are the same in single precision', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (x) => {
      expect(Math.fround(shortest(x)) === x).toBe(true);
    }),
  );
  expect(shortest(Math.fround(0.1))).toBe(0.1);
});

describe('toBackpropagate(anyNetwork())', () => {
  it('passes on what is right, and names the smallest network where it is not', async () => {
    const networks = anyNetwork({ ...REGRESSION, depths: [1, 2] });
    await expect(right).toBackpropagate(networks, { runs: 10 });
    const { candidate } = WRONG['last unit skipped if odd'];
    const message = await messageOf(() => expect(candidate).toBackpropagate(networks, { runs: 50 }));
    expect(message).toMatch(/^db1\[0\] of mine is wrong: /);
    expect(message).toMatch(/Smallest network that fails: 1-1, linear, mse, 1 example\./);
    expect(message).toMatch(/Repeat: toBackpropagate\(anyNetwork\(...\), \{ seed: \d+, runs: 1 \}\)\.$/);
    expect(await messageOf(() => expect(right).not.toBackpropagate(networks, { runs: 3 }))).toMatch(
      /expected to be wrong/,
    );
  });

  it('refuses options that do not exist, and a candidate that refuses everything', async () => {
    const networks = anyNetwork(REGRESSION);
    expect(await messageOf(() => expect(right).toBackpropagate(networks, { run: 3 } as never))).toMatch(
      /unknown option "run"/,
    );
    expect(await messageOf(() => expect(right).toBackpropagate(networks, { runs: 0 }))).toMatch(/runs: expected/);
    const refusing = (): never => {
      throw new Error('not today');
    };
    expect(await messageOf(() => expect(refusing).toBackpropagate(networks))).toMatch(
      /every network was refused|not today/,
    );
  });
});

describe('backproof/fast-check', () => {
  it('gives problems that shrink to small ones', () => {
    const wide = fc.check(
      fc.property(problems({ kinds: [], penalties: [] }), ({ network }) =>
        network.layers.every(({ units }) => units < 3),
      ),
      { seed: 1 },
    );
    expect(wide.failed).toBe(true);
    const [{ network, batch, parameters, ...training }] = wide.counterexample as [
      ReturnType<typeof problems> extends fc.Arbitrary<infer P> ? P : never,
    ];
    expect(network).toEqual({ inputs: 1, layers: [{ units: 3, activation: 'linear' }], loss: 'mse' });
    expect(batch.inputs.rows).toBe(1);
    expect(effort({ network, batch, start: parameters, ...training })).toBeLessThan(20);
  });

  it('shrink within what was asked for', () => {
    const some = {
      activations: ['tanh'],
      outputs: ['sigmoid'],
      losses: ['binary-cross-entropy'],
      depths: [2],
      kinds: [],
    };
    const wide = fc.check(
      fc.property(problems(some), ({ network }) => network.inputs < 2),
      { seed: 1 },
    );
    const [{ network }] = wide.counterexample as [{ network: unknown }];
    expect(network).toEqual({
      inputs: 2,
      layers: [
        { units: 1, activation: 'tanh' },
        { units: 1, activation: 'sigmoid' },
      ],
      loss: 'binary-cross-entropy',
    });
  });

  it('fits toBackpropagate', async () => {
    await fc.assert(
      fc.asyncProperty(problems({ ...REGRESSION, largest: 5 }), async ({ network, parameters, batch }) => {
        await expect(right).toBackpropagate(network, { parameters, batch });
      }),
      { numRuns: 3, seed: 1 },
    );
  });
});
