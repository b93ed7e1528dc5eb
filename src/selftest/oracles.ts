// The self-test of the exact gradients: compares them on random networks with slopes of the loss
// and with the scalar graph, and checks the order of the Taylor remainder.
import { checkOracle } from '../check/slopes/oracle-check.ts';
import type { OracleCheck } from '../check/slopes/oracle-check.ts';
import type { Watch } from '../check/watch.ts';
import { withEngines } from '../check/with-engines.ts';
import type { Makers } from './makers.ts';
import { eachOf } from './range.ts';
import type { Range } from './range.ts';
import { randomProblem } from './random-problem.ts';

export interface Oracles {
  readonly networks: number;
  readonly disagree: readonly number[]; // seeds
  /**
   * The largest relative difference (as a norm) of any network from central differences, and from
   * the scalar graph.
   */
  readonly slopesApart: number;
  readonly graphApart: number;
  /** The smallest order of the Taylor remainder: 2 for a right gradient, 1 for a wrong one. */
  readonly smallestOrder: number;
}

/** The result of one network. Plain data, because parts may run in other processes. */
export interface TriedOracle extends Pick<OracleCheck, 'slopesApart' | 'graphApart' | 'taylorOrder'> {
  readonly seed: number;
  readonly disagrees: boolean;
}

/** Checks the exact gradients of the random networks of this range. */
export async function tryOracles(
  makers: Makers,
  range: Range,
  firstSeed: number,
  watch: Watch,
): Promise<TriedOracle[]> {
  const all = await eachOf('oracles', range, watch, async (n) => {
    const { seed, network, optimizer, start, batch } = randomProblem(firstSeed + n, { largest: 12 });
    const check = await withEngines(async (open) => {
      const exact = await open(() => makers.own(network, optimizer, { dtype: 'f64' }));
      const graph = await open(() => makers.graph(network, optimizer));
      return checkOracle({ network, parameters: start, batch, exact, graph, seed, watch });
    });
    if (check === null) return []; // interrupted
    const { verdict, slopesApart, graphApart, taylorOrder } = check;
    return [{ seed, disagrees: verdict.kind === 'disagree', slopesApart, graphApart, taylorOrder }];
  });
  return all.flat();
}

/** The results of all networks: the worst of each measure. */
export function oraclesOf(all: readonly TriedOracle[]): Oracles {
  return {
    networks: all.length,
    disagree: all.filter(({ disagrees }) => disagrees).map(({ seed }) => seed),
    slopesApart: Math.max(0, ...all.map(({ slopesApart }) => slopesApart)),
    graphApart: Math.max(0, ...all.map(({ graphApart }) => graphApart ?? 0)),
    smallestOrder: Math.min(2, ...all.map(({ taylorOrder }) => taylorOrder ?? 2)),
  };
}
