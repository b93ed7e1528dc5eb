// The self-test's own negative controls: where the harness, an engine or the exact gradients are
// broken, it says so.
import { describe, expect, test } from 'vitest';
import { together, tryNetworks } from '../../src/selftest/false-alarms.ts';
import type { Part } from '../../src/selftest/false-alarms.ts';
import { killTable } from '../../src/selftest/kills.ts';
import type { Makers } from '../../src/selftest/makers.ts';
import { oraclesOf } from '../../src/selftest/oracles.ts';
import { twoAtOnce } from '../../src/selftest/pairs.ts';
import { randomProblem } from '../../src/selftest/random-problem.ts';
import { failuresOf, selftest } from '../../src/selftest/selftest.ts';
import type { SelftestResult } from '../../src/selftest/selftest.ts';
import { singleEntries } from '../../src/selftest/single-entries.ts';
import { UNWATCHED } from '../../src/check/watch.ts';
import type { Watch } from '../../src/check/watch.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { makersOf } from '../../src/cli/selftest/makers.ts';
import { namedTensors } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import type { FloatArray } from '../../src/numeric/dtype.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import type { OptimizerSpec } from '../../src/ops/optimizers/optimizer.ts';
import { altered, withGradients } from '../check/sabotage.ts';

const SLOW = 240_000; // milliseconds, on a machine that is busy; some ten seconds else
const RIGHT = makersOf(['cpu']);
type Asked = [network: NetworkSpec, optimizer: OptimizerSpec];

/**
 * Its largest gradient entry is off by a share of itself. `touched` is told where there is one that
 * is not 0.
 */
const off = (engine: Engine, share: number, touched: () => void = () => {}): Engine =>
  withGradients(engine, (gradients) => {
    if (spoilLargest(gradients, share)) touched();
  });
function spoilLargest(gradients: Parameters, share: number): boolean {
  let [largest, at]: [FloatArray, number] = [new Float64Array(1), 0];
  for (const { values } of namedTensors(gradients))
    for (let i = 0; i < values.length; i++)
      if (Math.abs(values[i]) > Math.abs(largest[at])) [largest, at] = [values, i];
  largest[at] *= 1 + share;
  return largest[at] !== 0;
}

describe('random networks', () => {
  const COUNT = 6;
  /** The second is a softmax of one unit: it has no gradient to be wrong. */
  const WITH_GRADIENT = [1, 3, 4, 5, 6];

  test('raise no alarm with engines that are right', async () => {
    const part = await tryNetworks(RIGHT, COUNT, 1);
    expect(part).toMatchObject({ networks: COUNT, alarms: [] });
    expect(part.entriesCompared).toBe(part.entriesThereAre);
    expect(part.used).toMatchObject([{ engine: 'tfjs cpu', networks: COUNT }]);
  });

  test('raise one where a reference is off by a thousandth in one gradient entry', async () => {
    const [{ label, make }] = RIGHT.others;
    const others = [{ label, make: async (...args: Asked) => off(await make(...args), 1e-3) }];
    const { alarms } = await tryNetworks({ ...RIGHT, others }, COUNT, 1);
    expect([...new Set(alarms.map(({ seed }) => seed))]).toEqual(WITH_GRADIENT);
    for (const { engine, usedOfBound } of alarms) {
      expect(engine).toBe('tfjs cpu');
      expect(usedOfBound).toBeGreaterThan(1);
    }
  });

  test.each(['vector', 'wasm'] as const)('raise one where the engine on trial is: %s', async (engine) => {
    const right = makersOf(['cpu'], engine);
    const { label, make } = right.onTrial;
    const onTrial = { label, make: async (...args: Asked) => off(await make(...args), 1e-3) };
    const { alarms } = await tryNetworks({ ...right, onTrial }, COUNT, 1);
    expect([...new Set(alarms.map(({ seed }) => seed))]).toEqual(WITH_GRADIENT);
    expect(await tryNetworks(right, COUNT, 1)).toMatchObject({ alarms: [], used: [{ engine: 'tfjs cpu' }] });
  });

  test('are added up over their parts', async () => {
    const [one, two, all] = [
      await tryNetworks(RIGHT, 2, 1),
      await tryNetworks(RIGHT, 3, 3),
      await tryNetworks(RIGHT, 5, 1),
    ];
    expect(together([one, two], 1)).toEqual(together([all], 1));
  });

  test('are the same in whatever order the parts were done', () => {
    const part = (...seeds: number[]): Part => ({
      networks: seeds.length,
      alarms: seeds.flatMap((seed) => ['b', 'a'].map((engine) => ({ seed, engine, what: 'W1 [0]', usedOfBound: 2 }))),
      used: [{ engine: 'a', networks: seeds.length, shares: seeds.map((seed) => 1 / seed) }],
      entriesCompared: 3,
      entriesThereAre: 4,
    });
    const inOrder = together([part(1, 2), part(3, 4), part(11)], 1);
    expect(together([part(11), part(3, 4), part(1, 2)], 1)).toEqual(inOrder);
    expect(inOrder.alarms.map(({ seed, engine }) => `${seed}${engine}`).join(' ')).toBe(
      '1b 1a 2b 2a 3b 3a 4b 4a 11b 11a',
    );
  });

  test('are the same for the same seed, and others for another', () => {
    expect(randomProblem(3)).toEqual(randomProblem(3));
    expect(randomProblem(3)).not.toEqual({ ...randomProblem(4), seed: 3 });
  });
});

/** Whatever mistake it is to have, it has none. */
const IDLE: Makers = { ...RIGHT, own: (network, optimizer, { dtype }) => RIGHT.own(network, optimizer, { dtype }) };

/** Made once: it takes some ten seconds. */
const idleKills = lazily(() => killTable(IDLE, false, UNWATCHED));
function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

describe('the kill table', { timeout: SLOW }, () => {
  test('of mistakes that do nothing shows that none is caught', async () => {
    const { kills, misses } = await idleKills();
    for (const { fault, injected, caught, named } of kills) {
      expect(injected, fault).toBeGreaterThan(0);
      expect([caught, named], fault).toEqual([0, 0]);
    }
    expect(new Set(misses.map(({ what }) => what))).toEqual(new Set(['not caught']));
    expect(misses).toHaveLength(kills.reduce((sum, { injected }) => sum + injected, 0));
  });

  test('of known mistakes whose numbers are not known shows that none is named', async () => {
    const own: Makers['own'] = (network, optimizer, options) =>
      RIGHT.own(network, optimizer, options.dtype === 'f64' ? { dtype: 'f64' } : options);
    const { kills, misses } = await killTable({ ...RIGHT, own }, false, UNWATCHED);
    for (const { fault, injected, caught, named, namedWrong } of kills) {
      expect([caught, named, namedWrong], fault).toEqual([injected, 0, 0]);
    }
    expect(new Set(misses.map(({ what }) => what))).toEqual(new Set(['not named']));
  });

  test('blames nobody but the candidate: where the reference is wrong as well the mistake does not count as caught', async () => {
    const [{ label, make }] = RIGHT.others;
    const others = [{ label, make: async (...args: Asked) => off(await make(...args), 1e-3) }];
    const { misses } = await killTable({ ...RIGHT, others }, false, UNWATCHED);
    expect(misses.filter(({ what }) => what === 'not caught').length).toBeGreaterThan(0);
  });
});

describe('the exact gradients', () => {
  const COUNT = 8;

  test('are refuted by nothing where they are right', async () => {
    const { networks, disagree, graphApart } = await oraclesOf(RIGHT, COUNT, 1, UNWATCHED);
    expect([networks, disagree]).toEqual([COUNT, []]);
    expect(graphApart).toBeLessThan(1e-12);
  });

  /**
   * Scalar graphs that are off by so much, and the networks (by their seeds) that have gradients
   * other than 0.
   */
  function graphsOff(share: number): { graph: Makers['graph']; withGradient: Set<number> } {
    const withGradient = new Set<number>();
    let made = 0;
    const graph: Makers['graph'] = async (...args) => {
      const seed = ++made;
      return off(await RIGHT.graph(...args), share, () => withGradient.add(seed));
    };
    return { graph, withGradient };
  }

  test('are refuted by a scalar graph that is off by 1e-9', async () => {
    const { graph, withGradient } = graphsOff(1e-9);
    const { disagree, graphApart } = await oraclesOf({ ...RIGHT, graph }, COUNT, 1, UNWATCHED);
    expect(disagree).toEqual([...withGradient]);
    expect(disagree.length).toBeGreaterThan(COUNT / 2);
    expect(graphApart).toBeGreaterThan(1e-11);
  });

  test('are refuted by the slopes of another loss', async () => {
    const own: Makers['own'] = async (...args) => {
      const engine = await RIGHT.own(...args);
      return altered(engine, {
        async lossAndGradients(batch) {
          const { loss, gradients } = await engine.lossAndGradients(batch);
          return { loss: 1.001 * loss, gradients };
        },
      });
    };
    const { graph, withGradient } = graphsOff(0);
    const { disagree, slopesApart } = await oraclesOf({ ...RIGHT, own, graph }, COUNT, 1, UNWATCHED);
    expect(disagree).toEqual([...withGradient]);
    expect(slopesApart).toBeGreaterThan(5e-4);
  });
});

test('single entries are all caught, at their place, for any seed', async () => {
  const { trials, caught, missed, everyEntry } = await singleEntries(RIGHT, 20, 77, UNWATCHED);
  expect([trials, caught, missed]).toEqual([20, 20, []]);
  expect(everyEntry.caughtOnce).toBe(everyEntry.entries);
});

test('single entries are missed where the engine is wrong in another one', async () => {
  const own: Makers['own'] = async (...args) => off(await RIGHT.own(...args), 1e-3);
  const { caught, trials, missed } = await singleEntries({ ...RIGHT, own }, 10, 1, UNWATCHED);
  expect(caught).toBeLessThan(trials);
  expect(missed).toHaveLength(trials - caught);
});

test('pairs of mistakes that do nothing undo each other: none counts as caught', async () => {
  const { injected, cancelled, caught } = await twoAtOnce(IDLE, 10, UNWATCHED);
  expect([injected, cancelled, caught]).toEqual([10, 10, 0]);
});

describe('the whole', { timeout: SLOW }, () => {
  const PLAN = { thorough: false, networks: 2, pairs: 5, entries: 6, oracles: 2, seed: 1 };
  const run = async (makers: Makers, watch = UNWATCHED): Promise<SelftestResult> =>
    selftest(makers, PLAN, tryNetworks(makers, PLAN.networks, PLAN.seed).then((part) => [part]), watch); // prettier-ignore
  const right = lazily(() => run(RIGHT));

  test('has no failures where nothing is broken', async () => {
    expect(await right()).toMatchObject({ failures: [], interrupted: false });
    expect(failuresOf(await right())).toEqual([]);
  });

  // the parts that would be the same with something broken are those of the run in which nothing is
  test('fails where mistakes do nothing, and says how many were not caught', async () => {
    const broken = { killTable: await idleKills(), pairs: await twoAtOnce(IDLE, PLAN.pairs, UNWATCHED) };
    const failures = failuresOf({ ...(await right()), ...broken });
    expect(failures.join('. ')).toMatch(/^\d+ injected mistakes were not caught\. only 0 of \d+ .* were named/);
  });

  test('fails where the graph is off', async () => {
    const graph: Makers['graph'] = async (...args) => off(await RIGHT.graph(...args), 1e-9);
    const oracles = await oraclesOf({ ...RIGHT, graph }, PLAN.oracles, PLAN.seed, UNWATCHED);
    const failures = failuresOf({ ...(await right()), oracles });
    expect(failures.join('. ')).toMatch(/exact gradients refuted for seeds 1\b/);
  });

  test('fails where an engine is off', async () => {
    const [{ label, make }] = RIGHT.others;
    const others = [{ label, make: async (...args: Asked) => off(await make(...args), 1e-3) }];
    const part = await tryNetworks({ ...RIGHT, others }, PLAN.networks, PLAN.seed);
    const failures = failuresOf({ ...(await right()), falseAlarms: together([part], PLAN.seed) });
    expect(failures.join('. ')).toMatch(/\d+ false alarms/);
  });

  test('says so where it was stopped', async () => {
    const stopped = new AbortController();
    stopped.abort();
    const result = await run(RIGHT, { ...UNWATCHED, signal: stopped.signal });
    expect(result.interrupted).toBe(true);
    expect(result.killTable.kills.every(({ injected }) => injected === 0)).toBe(true);
  });
});

/** The same makers, which count what they made and what of it is not disposed. */
function counted(makers: Makers): { makers: Makers; made: () => number; open: () => number } {
  let [made, disposed] = [0, 0];
  const watched = async (opening: Promise<Engine>): Promise<Engine> => {
    const engine = await opening;
    made++;
    return altered(engine, {
      async dispose() {
        disposed++;
        await engine.dispose();
      },
    });
  };
  const { own, onTrial, graph, others } = makers;
  return {
    makers: {
      own: (...args) => watched(own(...args)),
      onTrial: { ...onTrial, make: (...args) => watched(onTrial.make(...args)) },
      graph: (...args) => watched(graph(...args)),
      others: others.map((other) => ({ ...other, make: (...args) => watched(other.make(...args)) })),
    },
    made: () => made,
    open: () => made - disposed,
  };
}

test.each([
  ['two mistakes at once', (makers: Makers) => twoAtOnce(makers, 2, UNWATCHED)],
  ['single entries', (makers: Makers) => singleEntries(makers, 2, 1, UNWATCHED)],
  ['exact gradients', (makers: Makers) => oraclesOf(makers, 2, 1, UNWATCHED)],
  ['random networks', (makers: Makers) => tryNetworks(makers, 2, 1)],
  ['known mistakes', (makers: Makers) => killTable(makers, false, stoppedAfter(3))],
] as [string, (makers: Makers) => Promise<unknown>][])('%s leave no engine open', async (_name, run) => {
  const { makers, made, open } = counted(RIGHT);
  await run(makers);
  expect(made()).toBeGreaterThan(0);
  expect(open()).toBe(0);
});

/** Ends after so many steps. */
function stoppedAfter(steps: number): Watch {
  const stop = new AbortController();
  return { ...UNWATCHED, signal: stop.signal, progress: (_phase, done) => done >= steps && stop.abort() };
}
