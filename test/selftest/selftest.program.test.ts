// Negative controls of the self-test: it fails if the harness, an engine or the exact gradients
// are broken.
import { describe, expect, test } from 'vitest';
import { together, tryNetworks } from '../../src/selftest/false-alarms.ts';
import type { Part } from '../../src/selftest/false-alarms.ts';
import { countKills, killTable, tryKills } from '../../src/selftest/kills.ts';
import type { Makers } from '../../src/selftest/makers.ts';
import type { KillTable, Tried } from '../../src/selftest/kills.ts';
import { oraclesOf, tryOracles } from '../../src/selftest/oracles.ts';
import type { Oracles } from '../../src/selftest/oracles.ts';
import { tryPairs, twoAtOnce } from '../../src/selftest/pairs.ts';
import type { Pairs } from '../../src/selftest/pairs.ts';
import type { Range } from '../../src/selftest/range.ts';
import { randomProblem } from '../../src/selftest/random-problem.ts';
import { failuresOf, selftest } from '../../src/selftest/selftest.ts';
import type { SelftestResult } from '../../src/selftest/selftest.ts';
import { singleEntries, tryEntries } from '../../src/selftest/single-entries.ts';
import type { SingleEntries } from '../../src/selftest/single-entries.ts';
import { runTask, tasksOf, trialsOf } from '../../src/selftest/tasks.ts';
import type { PartId, SelftestPlan } from '../../src/selftest/tasks.ts';
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

const SLOW = 240_000; // milliseconds, on a busy machine; about ten seconds on an idle one
const RIGHT = makersOf(['cpu']);

/** Of the known mistakes, one in this many is tried; `backproof selftest` tries them all. */
const ONE_IN = 41;
const sampled = async (makers: Makers, { from, to }: Range, watch = UNWATCHED): Promise<Tried[]> => {
  const tried: Tried[] = [];
  for (let n = from + ((ONE_IN - (from % ONE_IN)) % ONE_IN); n < to; n += ONE_IN)
    tried.push(...(await tryKills(makers, false, { from: n, to: n + 1 }, watch)));
  return tried;
};
const kills = async (makers: Makers): Promise<KillTable> =>
  killTable(await sampled(makers, { from: 0, to: countKills(false) }));
const pairs = async (makers: Makers, to: number): Promise<Pairs> =>
  twoAtOnce(await tryPairs(makers, { from: 0, to }, UNWATCHED));
const entries = async (makers: Makers, to: number, seed: number): Promise<SingleEntries> =>
  singleEntries(await tryEntries(makers, { from: 0, to }, seed, UNWATCHED));
const oracles = async (makers: Makers, to: number): Promise<Oracles> =>
  oraclesOf(await tryOracles(makers, { from: 0, to }, 1, UNWATCHED));
type Asked = [network: NetworkSpec, optimizer: OptimizerSpec];

/**
 * The engine with its largest gradient entry off by a share of itself. `touched` is called if that
 * entry is not 0.
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
  /** Of few units: what is tried here does not depend on the size. */
  const SMALL = { largest: 12 };
  /** Each of them has a gradient other than 0. */
  const SEEDS = [1, 2, 3, 4, 5, 6];

  test('report nothing for right engines', async () => {
    const part = await tryNetworks(RIGHT, COUNT, 1, SMALL);
    expect(part).toMatchObject({ networks: COUNT, alarms: [] });
    expect(part.entriesCompared).toBe(part.entriesThereAre);
    expect(part.used).toMatchObject([{ engine: 'tfjs cpu', networks: COUNT }]);
  });

  test('report a reference that is off by a thousandth in one gradient entry', async () => {
    const [{ label, make }] = RIGHT.others;
    const others = [{ label, make: async (...args: Asked) => off(await make(...args), 1e-3) }];
    const { alarms } = await tryNetworks({ ...RIGHT, others }, COUNT, 1, SMALL);
    expect([...new Set(alarms.map(({ seed }) => seed))]).toEqual(SEEDS);
    for (const { engine, usedOfBound } of alarms) {
      expect(engine).toBe('tfjs cpu');
      expect(usedOfBound).toBeGreaterThan(1);
    }
  });

  /** wasm gets a plain network for the second, a softmax of one unit: it has no gradient. */
  const ENGINES = [['vector', SEEDS] as const, ['wasm', SEEDS.filter((seed) => seed !== 2)] as const];
  test.each(ENGINES)('report a checked engine that is off: %s', async (engine, seeds) => {
    const right = makersOf(['cpu'], engine);
    const { make } = right.onTrial;
    const onTrial = { ...right.onTrial, make: async (...args: Asked) => off(await make(...args), 1e-3) };
    const { alarms } = await tryNetworks({ ...right, onTrial }, COUNT, 1, SMALL);
    expect([...new Set(alarms.map(({ seed }) => seed))]).toEqual(seeds);
    expect(await tryNetworks(right, COUNT, 1, SMALL)).toMatchObject({ alarms: [], used: [{ engine: 'tfjs cpu' }] });
  });

  test('of several parts are added up', async () => {
    const [one, two, all] = [
      await tryNetworks(RIGHT, 2, 1, SMALL),
      await tryNetworks(RIGHT, 3, 3, SMALL),
      await tryNetworks(RIGHT, 5, 1, SMALL),
    ];
    expect(together([one, two], 1)).toEqual(together([all], 1));
  });

  test('give the same result in any order of the parts', () => {
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

  test('depend on the seed alone', () => {
    expect(randomProblem(3)).toEqual(randomProblem(3));
    expect(randomProblem(3)).not.toEqual({ ...randomProblem(4), seed: 3 });
  });
});

/** The maker of the candidate ignores the mistake it is given. */
const IDLE: Makers = { ...RIGHT, own: (network, optimizer, { dtype }) => RIGHT.own(network, optimizer, { dtype }) };

const idleKills = lazily(() => kills(IDLE));
function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

describe('the kill table', { timeout: SLOW }, () => {
  test('counts mistakes that have no effect as missed', async () => {
    const { kills: rows, misses } = await idleKills();
    for (const { fault, caught, named } of rows) expect([caught, named], fault).toEqual([0, 0]);
    expect(new Set(misses.map(({ what }) => what))).toEqual(new Set(['not caught']));
    expect(misses).toHaveLength(rows.reduce((sum, { injected }) => sum + injected, 0));
    expect(misses).toHaveLength(Math.ceil(countKills(false) / ONE_IN));
  });

  test('counts mistakes whose numbers fit no known mistake as not named', async () => {
    const own: Makers['own'] = (network, optimizer, options) =>
      RIGHT.own(network, optimizer, options.dtype === 'f64' ? { dtype: 'f64' } : options);
    const { kills: rows, misses } = await kills({ ...RIGHT, own });
    for (const { fault, injected, caught, named, namedWrong } of rows) {
      expect([caught, named, namedWrong], fault).toEqual([injected, 0, 0]);
    }
    expect(new Set(misses.map(({ what }) => what))).toEqual(new Set(['not named']));
  });

  test('does not count a mistake as caught if the reference is wrong as well', async () => {
    const [{ label, make }] = RIGHT.others;
    const others = [{ label, make: async (...args: Asked) => off(await make(...args), 1e-3) }];
    const { misses } = await kills({ ...RIGHT, others });
    expect(misses.filter(({ what }) => what === 'not caught').length).toBeGreaterThan(0);
  });
});

describe('the exact gradients', () => {
  const COUNT = 8;

  test('agree with the scalar graph and the slopes', async () => {
    const { networks, disagree, graphApart } = await oracles(RIGHT, COUNT);
    expect([networks, disagree]).toEqual([COUNT, []]);
    expect(graphApart).toBeLessThan(1e-12);
  });

  /**
   * Scalar graphs that are off by this share, and the seeds of the networks that have gradients
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

  test('disagree with a scalar graph that is off by 1e-9', async () => {
    const { graph, withGradient } = graphsOff(1e-9);
    const { disagree, graphApart } = await oracles({ ...RIGHT, graph }, COUNT);
    expect(disagree).toEqual([...withGradient]);
    expect(disagree.length).toBeGreaterThan(COUNT / 2);
    expect(graphApart).toBeGreaterThan(1e-11);
  });

  test('disagree with the slopes of another loss', async () => {
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
    const { disagree, slopesApart } = await oracles({ ...RIGHT, own, graph }, COUNT);
    expect(disagree).toEqual([...withGradient]);
    expect(slopesApart).toBeGreaterThan(5e-4);
  });
});

test('every wrong single entry is caught in its place', async () => {
  const { trials, caught, missed, everyEntry } = await entries(RIGHT, 20, 77);
  expect([trials, caught, missed]).toEqual([20, 20, []]);
  expect(everyEntry.caughtOnce).toBe(everyEntry.entries);
});

test('a wrong single entry counts as missed if the engine is wrong in another entry', async () => {
  const own: Makers['own'] = async (...args) => off(await RIGHT.own(...args), 1e-3);
  const { caught, trials, missed } = await entries({ ...RIGHT, own }, 10, 1);
  expect(caught).toBeLessThan(trials);
  expect(missed).toHaveLength(trials - caught);
});

test('pairs of mistakes that have no effect count as cancelled, not as caught', async () => {
  const { injected, cancelled, caught } = await pairs(IDLE, 10);
  expect([injected, cancelled, caught]).toEqual([10, 10, 0]);
});

describe('the whole self-test', { timeout: SLOW }, () => {
  const PLAN = { thorough: false, networks: 2, pairs: 5, entries: 6, oracles: 2, seed: 1 };
  const run = async (makers: Makers, watch = UNWATCHED): Promise<SelftestResult> =>
    selftest(
      PLAN,
      (task) => (task.part === 'kills' ? sampled(makers, task, watch) : runTask(makers, PLAN, task, watch)),
      1,
      watch,
    );
  const right = lazily(() => run(RIGHT));

  test('has no failures if nothing is broken', async () => {
    const result = await right();
    const { failures, interrupted } = result;
    expect([failures, interrupted]).toEqual([failuresOf(result), false]);
    expect(failures.filter((line) => !line.startsWith('never injected: '))).toEqual([]); // a sample is
  });

  // parts that the broken piece does not affect are taken from the run in which nothing is broken
  test('fails if mistakes have no effect, and says how many were not caught', async () => {
    const broken = { killTable: await idleKills(), pairs: await pairs(IDLE, PLAN.pairs) };
    const failures = failuresOf({ ...(await right()), ...broken });
    expect(failures.join('. ')).toMatch(/^\d+ injected mistakes were not caught\. only 0 of \d+ .* were named/);
  });

  test('fails if the scalar graph is off', async () => {
    const graph: Makers['graph'] = async (...args) => off(await RIGHT.graph(...args), 1e-9);
    const failures = failuresOf({ ...(await right()), oracles: await oracles({ ...RIGHT, graph }, PLAN.oracles) });
    expect(failures.join('. ')).toMatch(/exact gradients refuted for seeds 1\b/);
  });

  test('fails if an engine is off', async () => {
    const [{ label, make }] = RIGHT.others;
    const others = [{ label, make: async (...args: Asked) => off(await make(...args), 1e-3) }];
    const part = await tryNetworks({ ...RIGHT, others }, PLAN.networks, PLAN.seed);
    const failures = failuresOf({ ...(await right()), falseAlarms: together([part], PLAN.seed) });
    expect(failures.join('. ')).toMatch(/\d+ false alarms/);
  });

  test('says that it was stopped', async () => {
    const stopped = new AbortController();
    stopped.abort();
    const result = await run(RIGHT, { ...UNWATCHED, signal: stopped.signal });
    expect(result.interrupted).toBe(true);
    expect(result.killTable.kills.every(({ injected }) => injected === 0)).toBe(true);
  });
});

describe('tasks', () => {
  const PLAN: SelftestPlan = { thorough: false, networks: 45, pairs: 3, entries: 26, oracles: 7, seed: 5 };
  const PARTS: readonly PartId[] = ['kills', 'pairs', 'entries', 'oracles', 'networks'];

  test.each([1, 2, 16])('cover every trial once, for %d processes', (processes) => {
    const tasks = tasksOf(PLAN, processes);
    for (const part of PARTS) {
      const own = tasks.filter((task) => task.part === part);
      const trials = own.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, n) => from + n));
      expect(trials).toEqual([...Array(trialsOf(PLAN)[part]).keys()]);
    }
    const networks = tasks.filter(({ part }) => part === 'networks');
    expect(networks.length).toBeGreaterThanOrEqual(Math.min(8 * processes, PLAN.networks) / 2);
  });

  test('give the results of the whole, in any order and number', async () => {
    const [all, one, two] = await Promise.all(
      [
        { from: 0, to: 4 },
        { from: 0, to: 1 },
        { from: 1, to: 4 },
      ].map((range) => tryPairs(RIGHT, range, UNWATCHED)),
    );
    expect([...one, ...two]).toEqual(all);
    const plan = { thorough: false, networks: 2, pairs: 21, entries: 26, oracles: 6, seed: 1 };
    const skip = { fault: 'sign', judgement: {}, miss: null };
    const started: string[] = [];
    const run = (slowest: PartId): Promise<SelftestResult> =>
      selftest(
        plan,
        async (task) => {
          started.push(`${task.part} ${task.from}`);
          if (task.part === 'kills') return [skip] as unknown as Awaited<ReturnType<typeof tryKills>>;
          if (task.part === slowest && task.from === 0) await new Promise((resolve) => setTimeout(resolve, 500));
          return runTask(RIGHT, plan, task);
        },
        3,
        UNWATCHED,
      );
    const [first, second] = [await run('pairs'), await run('entries')];
    expect(first).toEqual(second);
    expect(new Set(started).size).toBe(started.length / 2);
    expect(first.singleEntries.trials).toBe(26);
  });

  test('that fail end the self-test, unless it is stopped', async () => {
    const stop = new AbortController();
    const watch = { ...UNWATCHED, signal: stop.signal };
    const fail = (): Promise<never> => Promise.reject(new Error('a worker ended'));
    await expect(selftest(PLAN, fail, 2, watch)).rejects.toThrow('a worker ended');
    const stopped = (): Promise<never> => {
      stop.abort();
      return fail();
    };
    expect(await selftest(PLAN, stopped, 2, watch)).toMatchObject({ interrupted: true });
  });
});

/** The makers, with counts of the engines made and of those not yet disposed. */
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
  ['two mistakes at once', (makers: Makers) => pairs(makers, 2)],
  ['single entries', (makers: Makers) => entries(makers, 2, 1)],
  ['exact gradients', (makers: Makers) => oracles(makers, 2)],
  ['random networks', (makers: Makers) => tryNetworks(makers, 2, 1)],
  ['known mistakes', (makers: Makers) => tryKills(makers, false, { from: 0, to: 9 }, stoppedAfter(3))],
] as [string, (makers: Makers) => Promise<unknown>][])('%s leave no engine open', async (_name, run) => {
  const { makers, made, open } = counted(RIGHT);
  await run(makers);
  expect(made()).toBeGreaterThan(0);
  expect(open()).toBe(0);
});

/** Stops after this many steps. */
function stoppedAfter(steps: number): Watch {
  const stop = new AbortController();
  return { ...UNWATCHED, signal: stop.signal, progress: (_phase, done) => done >= steps && stop.abort() };
}
