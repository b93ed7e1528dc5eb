// How the examples of a batch add up, in words.
import { formulaLine } from '../../../network/formulas.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { listed } from '../../../text.ts';
import { formatNumber } from '../operations/fit.ts';
import type { Told } from '../told.ts';
import type { Across } from './changed.ts';
import { isRight } from './coefficients.ts';
import type { Added, Factor, Way } from './coefficients.ts';

/** Explanations up to which "either ... or ..." helps. */
const MOST = 3;

/** One sentence per way that is wrong, with all values that have it. */
export function tellWays(network: NetworkSpec, sums: readonly Added[]): Told[] {
  const groups = new Map<string, Added[]>();
  for (const sum of sums) {
    if (sum.ways.length === 0 || isRight(sum.ways[0])) continue;
    const key = sum.ways.map(({ pattern, factor }) => `${pattern.id} ${factor.id}`).join();
    groups.set(key, [...(groups.get(key) ?? []), sum]);
  }
  return [...groups.values()].map((group) => {
    const names = group.map(({ name }) => name);
    const [{ ways }] = group;
    const isAll = names.length === sums.length && names.length > 1;
    const of = isAll ? 'The gradients of a batch' : `${listed(names)} of a batch`;
    const isOne = !isAll && names.length < 2;
    const text =
      ways.length > MOST
        ? `${of} ${isOne ? 'is' : 'are'} not the mean of ${isOne ? 'that' : 'those'} of its examples.`
        : `${of}: ${ways.length > 1 ? 'either ' : ''}${ways.map(wayText).join(', or ')}.`;
    const place = placeOf(names);
    const right = formulaLine(place, network);
    return {
      kind: 'batch',
      place,
      text,
      used: ways.length === 1 ? used(isOne ? place : 'each gradient', ways[0]) : null,
      right,
      fix: ways.length === 1 ? fixOf(ways[0], right) : right,
    };
  });
}

/** What these gradients have in common: dz of the highest layer of which there are two. */
function placeOf(names: readonly string[]): string {
  const last = names[names.length - 1];
  const n = last.slice(2);
  return names.includes(`dW${n}`) && names.includes(`db${n}`) ? `dz${n}` : last;
}

const FACTOR_TEXT: Readonly<Record<string, string>> = {
  mean: 'divided by B',
  sum: 'not divided by B',
  'mean-twice': 'divided by B twice, so by B²',
  'mean-thrice': 'divided by B three times, so by B³',
  'mean-four-times': 'divided by B four times',
  'times-B': 'multiplied by B',
  root: 'divided by √B',
  'one-more': 'divided by B + 1',
  'one-less': 'divided by B - 1',
  count: 'divided by the number of those used',
};

function wayText({ pattern, factor }: Way): string {
  const how = FACTOR_TEXT[factor.id];
  return pattern.text === null ? `the sum over the examples is ${how}, not by B once` : `${pattern.text} (${how})`;
}

/** "db1 = 1/B² Σ_b (db1 of example b)" */
function used(place: string, { pattern, factor }: Way): string {
  const symbol = factor.symbol === '' ? '' : `${factor.symbol} `;
  const lone: Readonly<Record<string, string>> = { last: 'B', first: '1' };
  const own = /^d[Wb]\d+$/.test(place) ? place : 'that';
  if (Object.hasOwn(lone, pattern.id)) return `${place} = ${symbol}(${own} of example ${lone[pattern.id]})`;
  const note = pattern.text === null ? '' : `, but ${pattern.text}`;
  return `${place} = ${symbol}Σ_b (${own} of example b)${note}`;
}

function fixOf({ pattern, factor }: Way, right: string | null): string | null {
  const divides: Readonly<Record<Factor['id'], string>> = {
    sum: "divide by B, or declare the convention gradients: 'sum'",
    'mean-twice': 'divide by B once',
    'mean-thrice': 'divide by B once',
  };
  if (pattern.text === null && Object.hasOwn(divides, factor.id)) return divides[factor.id];
  return right;
}

/** One of the things that are done across examples, or several that look the same. */
export function tellAcross(network: NetworkSpec, found: readonly Across[]): Told[] {
  const { place, text } = found[0];
  const right = formulaLine(place, network);
  const several = found.length > 1;
  return [
    {
      kind: 'batch',
      place,
      text: several
        ? found.length > MOST
          ? 'The gradients of a batch are no weighted sum of those of its examples.'
          : `Either this: ${found.map((one) => one.text).join(' Or this: ')} It is the same on this network.`
        : text,
      used: null,
      right,
      fix: right,
    },
  ];
}

/** Coefficients that are the same for some values, but are no known pattern. */
export function tellCoefficients(
  network: NetworkSpec,
  names: readonly string[],
  [larger, smaller]: readonly Float64Array[],
  isLasting: boolean,
): Told {
  const place = placeOf(names);
  const right = formulaLine(place, network);
  const each = (c: Float64Array): string => `${Array.from(c, coefficient).join(', ')} in a batch of ${c.length}`;
  const means = [larger, smaller].map((c) => (isUniform(c) ? c[0] * c.length : null));
  const scales = means.every((c) => c !== null);
  const one = names.length === 1;
  const scaled = `${listed(names)} of a batch ${one ? 'is' : 'are'} ${means.map((c) => formatNumber(c ?? 0)).join(' and ')} times the mean of ${one ? 'that' : 'those'} of its examples, for a batch of ${larger.length} and one of ${smaller.length}.`;
  const weighted = `The examples' ${listed(names)} have these coefficients in the gradient: ${each(larger)}; ${each(smaller)}. They should be 1/B each.`;
  const changes = isLasting ? '' : ' For other examples it is different.';
  return { kind: 'batch', place, text: (scales ? scaled : weighted) + changes, used: null, right, fix: right };
}

function isUniform(c: Float64Array): boolean {
  return c.every((value) => Math.abs(value - c[0]) <= NEAR * Math.abs(c[0]));
}

/** Least squares leave this much in a coefficient. */
const NEAR = 1e-3;

function coefficient(c: number): string {
  return Math.abs(c) < NEAR ? '0' : String(Number(c.toPrecision(3)));
}

/** No combination of the examples gives these tensors. */
export function tellUnknown(network: NetworkSpec, names: readonly string[], sums: readonly Added[]): Told {
  const layerOf = (name: string): number => Number(name.slice(2));
  const highest = Math.max(...names.map(layerOf));
  const place = names.find((name) => layerOf(name) === highest) ?? names[0];
  const good = sums.filter(({ ways }) => ways.length > 0 && isRight(ways[0]));
  const rest = good.length === 0 ? '' : ` ${listed(good.map(({ name }) => name))}: the right mean.`;
  const one = names.length === 1;
  return {
    kind: 'batch',
    place,
    text: `${listed(names)} of a batch ${one ? 'is no weighted sum of that' : 'are no weighted sums of those'} of its examples.${rest}`,
    used: null,
    right: formulaLine(place, network),
    fix: null,
  };
}
