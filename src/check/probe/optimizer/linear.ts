// Steps that are sums of the gradients so far, each with a factor of its own: what a gradient does
// at its own step and at the later ones shows of how much g and of how much velocity they are made.
import type { OptimizerSpec } from '../../../ops/optimizers/optimizer.ts';
import type { Suspect } from './fit.ts';
import { product, sumOf } from './formula-parts.ts';
import type { Move } from './move.ts';
import { move } from './move.ts';
import { clipped } from './operations.ts';
import { digitsOf } from './rates.ts';
import type { Constant, Family, Rule } from './rule.ts';
import { numbersOf } from './rule.ts';

/** A smaller factor is none. */
const NONE = 1e-5;
const NEAR = 1e-4;

/** What steps are made of that are linear in the gradients; the right ones of those optimizers. */
const RIGHT: Readonly<Record<string, string>> = { sgd: 'g', momentum: 'v', nesterov: '(g + m·v)' };

/** The optimizer of a velocity with another mixture of it and of the gradient: named ones first. */
export function mixturesOf(spec: OptimizerSpec, { id, rule }: Family, suspect: Suspect): Move[] {
  const isLinear = rule.second === 'none' && rule.direction !== 'sign';
  if (!isLinear || (id !== spec.id && (id !== 'momentum' || spec.id in RIGHT))) return [];
  const [h0, h1, h2] = responseOf(rule, suspect, 3) ?? [];
  if (h2 === undefined || Math.abs(h1) < NONE || Math.abs(h2) < NONE) return [];
  const beta = h2 / h1;
  const m = spec.id === 'sgd' ? null : numbersOf(spec).momentum.value;
  const all = (value: number): Constant[] => constantsOf(value, m);
  return all(beta).flatMap((beta1) =>
    all(h1 / beta1.value).flatMap((v) => all(h0 - v.value).map((g) => mixture({ beta1, g, v }, id))),
  );
}

function mixture({ beta1, g, v }: { beta1: Constant; g: Constant; v: Constant }, id: string): Move {
  const right = id in RIGHT ? `, not lr·${RIGHT[id]}` : '';
  const says = (): string =>
    `the step is lr·${sumOf([g, 'g'], [v, 'v'])}${right}, where v ← ${product(beta1.name, 'v')} + g`;
  const rule: Partial<Rule> = {
    first: 'of-gradient',
    memory1: 'beta',
    fresh1: 'one',
    direction: 'mixed',
    beta1,
    mix: { g, v },
  };
  return move('direction', () => true, says, rule);
}

/** What a gradient of 1 at the first step adds to this step and the next ones, over lr. */
export function responseOf(rule: Rule, { observed, lr, counts }: Suspect, steps: number): number[] | null {
  const { cells, g, before, after, rates, norms } = observed;
  if (g.length < steps || rates.some((rate) => rate !== 1)) return null;
  const given = (step: number, cell: number): number => clipped(rule, g[step][cell], norms[step][cells.tensor[cell]]);
  const laterOnes = (cell: number): number =>
    g.slice(1, steps).reduce((sum, _, k) => sum + Math.abs(given(k + 1, cell)), 0);
  // how much of the first gradient is seen behind the later ones and the rounding of the weight
  const clarity = (cell: number): number =>
    Math.abs(given(0, cell)) / (Math.abs(before[0][cell]) + laterOnes(cell) + Math.abs(given(0, cell)));
  const [best] = [...cells.own]
    .filter((cell) => counts(cells.tensor[cell]) && given(0, cell) !== 0)
    .toSorted((a, b) => clarity(b) - clarity(a));
  if (best === undefined) return null;
  const response: number[] = [];
  for (let k = 0; k < steps; k++) {
    let move = (before[k][best] - after[k][best]) / lr;
    for (let j = 0; j < k; j++) move -= response[j] * given(k - j, best);
    response.push(move / given(0, best));
  }
  return response;
}

/** A factor by its name, if it is made of the momentum, then with more and more digits. */
function constantsOf(value: number, m: number | null): Constant[] {
  if (Math.abs(value) < NONE) return [{ value: 0, name: '0' }];
  const named: [number, string][] = [[1, '1']];
  if (m !== null) named.push([m, 'm'], [1 - m, '(1-m)'], [1 + m, '(1+m)'], [m * m, 'm²'], [1 / m, '1/m']);
  const near = (x: number): boolean => Math.abs(value - x) <= NEAR * Math.abs(x);
  const known = named.flatMap(([x, name]): Constant[] => {
    if (near(x)) return [{ value: x, name }];
    return near(-x) ? [{ value: -x, name: `-${name}` }] : [];
  });
  return known.length > 0 ? known : digitsOf(value).slice(0, 3);
}
