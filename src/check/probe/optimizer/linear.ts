// Steps that are sums of the gradients so far, each with a factor of its own: what a gradient does
// at its own step and at the later ones shows of how much g and of how much velocity they are made.
import type { OptimizerSpec } from '../../../ops/optimizers/optimizer.ts';
import { movesOf, storing } from './fit.ts';
import type { Suspect } from './fit.ts';
import type { Observed } from './histories.ts';
import { sumOf } from './formula-parts.ts';
import type { Move } from './move.ts';
import { move } from './move.ts';
import { clipped } from './operations.ts';
import { digitsOf } from './rates.ts';
import type { Constant, Family, Rule } from './rule.ts';
import { numbersOf } from './rule.ts';

/** A smaller factor is none. */
const NONE = 1e-5;
const NEAR = 1e-4;

/** The steps of optimizers that are linear in the gradients, over lr. */
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
    all(h1 / beta1.value).flatMap((v) => all(h0 - v.value).map((g) => mixture({ beta1, g, v }, spec.id))),
  );
}

function mixture({ beta1, g, v }: { beta1: Constant; g: Constant; v: Constant }, id: string): Move {
  const right = id in RIGHT ? `, not lr·${RIGHT[id]}` : '';
  const says = (): string => `the step is lr·${sumOf([g, 'g'], [v, 'v'])}${right}`;
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

/** Steps by which a response is told. */
const TOLD = 5;
/** A larger share of an entry's largest step is no rounding: the response itself was measured. */
const OFF = 1e-3;

/**
 * What a gradient adds to its own step and the next ones, if the steps of all entries are such
 * sums; right is null where the declared rule makes no such steps.
 */
export function linearOf(
  rule: Rule,
  suspects: readonly Suspect[],
): { readonly found: readonly number[]; readonly right: readonly number[] | null } | null {
  const [{ observed }] = suspects;
  const found = responseOf(rule, suspects[0], observed.g.length);
  if (found === null || !suspects.every((suspect) => isSumOf(found, rule, suspect))) return null;
  const right = suspects.map((suspect) => asIfRight(rule, suspect));
  const response = responseOf(rule, right[0], observed.g.length);
  const isLinear = response !== null && right.every((suspect) => isSumOf(response, rule, suspect));
  return { found: found.slice(0, TOLD), right: isLinear ? response.slice(0, TOLD) : null };
}

function asIfRight(rule: Rule, suspect: Suspect): Suspect {
  const { before } = suspect.observed;
  const moves = movesOf(rule, suspect);
  return {
    ...suspect,
    observed: { ...suspect.observed, after: before.map((row, k) => row.map((w, c) => w - moves[k][c])) },
  };
}

/** Whether every step is the sum of the gradients so far with these factors. */
function isSumOf(response: readonly number[], rule: Rule, { observed, lr, counts }: Suspect): boolean {
  const { cells, before, after } = observed;
  const steps = response.map((_, k) => k);
  return cells.own.every((cell) => {
    if (!counts(cells.tensor[cell])) return true;
    let largest = 0;
    return steps.every((k) => {
      const [w, found] = [before[k][cell], after[k][cell]];
      let move = 0;
      for (let j = 0; j <= k; j++) move += lr * response[j] * givenAt(rule, observed, k - j, cell);
      largest = Math.max(largest, Math.abs(move));
      return Math.abs(w - move - found) <= storing(w, found, 'f32') + OFF * largest;
    });
  });
}

/** The gradient as it is after the declared clipping. */
function givenAt(rule: Rule, { g, norms, cells }: Observed, step: number, cell: number): number {
  return clipped(rule, g[step][cell], norms[step][cells.tensor[cell]]);
}

/** What a gradient of 1 at the first step adds to this step and the next ones, over lr. */
function responseOf(rule: Rule, { observed, lr, counts }: Suspect, steps: number): number[] | null {
  const { cells, g, before, after, rates } = observed;
  if (g.length < steps || rates.some((rate) => rate !== 1)) return null;
  const given = (step: number, cell: number): number => givenAt(rule, observed, step, cell);
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
