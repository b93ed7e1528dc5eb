// How the examples of a batch add up, in words.
import { formulaLine } from '../../../network/formulas.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { listed } from '../../../text.ts';
import { formatNumber } from '../operations/fit.ts';
import type { Found, Told } from '../told.ts';
import type { Across } from './changed.ts';
import { isRight } from './coefficients.ts';
import type { Added, Factor, Way } from './coefficients.ts';

/** Explanations up to which "either ... or ..." helps. */
const MOST = 3;

/**
 * One sentence per way that is wrong, with all values that have it.
 * @param isLossToo whether the loss is made up as all gradients are
 */
export function tellWays(network: NetworkSpec, sums: readonly Added[], isLossToo = false): Found[] {
  const groups = new Map<string, Added[]>();
  for (const sum of sums) {
    if (sum.ways.length === 0 || isRight(sum.ways[0])) continue;
    const times = sum.times === null ? '?' : formatNumber(sum.times);
    const key = `${times} ${sum.ways.map(({ pattern, factor }) => `${pattern.id} ${factor.id}`).join()}`;
    groups.set(key, [...(groups.get(key) ?? []), sum]);
  }
  return [...groups.values()].map((group) => {
    const names = group.map(({ name }) => name);
    const [{ ways, times }] = group;
    const isAll = names.length === sums.length && names.length > 1;
    const of = isAll
      ? `${isLossToo ? 'The loss and the gradients' : 'The gradients'} of a batch`
      : `${listed(names)} of a batch`;
    const isOne = !isAll && names.length < 2;
    const text =
      ways.length > MOST
        ? `${of} ${isOne ? 'is' : 'are'} not the mean of ${isOne ? 'that' : 'those'} of its examples.`
        : `${of}: ${ways.length > 1 ? 'either ' : ''}${ways.map((way) => wayText(way, scaleOf(way, times))).join(', or ')}.`;
    const place = placeOf(names);
    const right = formulaLine(place, network);
    return {
      kind: 'batch',
      place,
      text,
      used: ways.length === 1 ? used(isOne ? place : 'each gradient', ways[0], scaleOf(ways[0], times)) : null,
      right,
      fix: ways.length === 1 ? fixOf(ways[0], scaleOf(ways[0], times), right) : right,
      ...(ways.length === 1 && ways[0].pattern.text === null && ways[0].factor.id === 'sum' && { isSum: true }),
    };
  });
}

/** What these gradients have in common: dz of the highest layer of which there are two. */
export function placeOf(names: readonly string[]): string {
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
  weights: 'divided by the sum of these numbers',
};

/**
 * What is left of the factor of the examples beside the one that a way has in words; null if they
 * are no multiples of the right ones.
 */
function scaleOf({ factor }: Way, times: number | null): number | null {
  return times === null ? null : times * (factor.more ?? 1);
}

/** Whether such a factor is 1, as far as its digits show. */
const isWhole = (times: number | null): boolean => times !== null && Math.abs(times - 1) <= NEAR;

function wayText({ pattern, factor }: Way, times: number | null): string {
  if (pattern.text === null && factor.id === 'sum' && !isWhole(times))
    return times === null
      ? 'those of batches of one are added, in batches of 3 and 5 alike, not divided by B'
      : `the sum over the examples is multiplied by ${formatNumber(times)}, in batches of 1, 3 and 5 alike, not divided by B`;
  const beside = times === null ? '; batches of one are wrong too' : `, and multiplied by ${formatNumber(times)}`;
  const isCounted = factor.id === 'count' && pattern.id.startsWith('counted');
  const how = FACTOR_TEXT[isCounted ? 'weights' : factor.id] + (isWhole(times) ? '' : beside);
  return pattern.text === null ? `the sum over the examples is ${how}` : `${pattern.text} (${how})`;
}

/** "db1 = 1/B² Σ_b (db1 of example b)" */
function used(place: string, { pattern, factor }: Way, times: number | null): string {
  const scale = isWhole(times) || times === null ? '' : formatNumber(times);
  const factors = [scale, factor.symbol].filter((part) => part !== '').join(' · ');
  const symbol = factors === '' ? '' : `${factors} `;
  const lone: Readonly<Record<string, string>> = { last: 'B', first: '1' };
  const own = `${/^d[Wb]\d+$/.test(place) ? place : 'that'} of ${times === null ? 'a batch of ' : ''}example `;
  if (Object.hasOwn(lone, pattern.id)) return `${place} = ${symbol}(${own}${lone[pattern.id]})`;
  const note = pattern.text === null ? '' : `, but ${pattern.text}`;
  return `${place} = ${symbol}Σ_b (${own}b${times === null ? ' alone' : ''})${note}`;
}

function fixOf({ pattern, factor }: Way, times: number | null, right: string | null): string | null {
  const divides: Readonly<Record<Factor['id'], string>> = {
    sum: isWhole(times) ? "divide by B, or declare the convention gradients: 'sum'" : 'divide by B',
    'mean-twice': 'divide by B once',
    'mean-thrice': 'divide by B once',
  };
  if (pattern.text === null && Object.hasOwn(divides, factor.id)) return divides[factor.id];
  return pattern.text === null ? right : 'let every example count once, and divide by B';
}

/** Of class weights: what PyTorch's mean does, and TensorFlow.js does not. */
export function tellWeightedMean(network: NetworkSpec, names: readonly string[]): Told {
  const place = placeOf(names);
  const right = formulaLine(place, network);
  return {
    kind: 'batch',
    place,
    text: `${listed(names)} of a batch: each example counts as the weight of its class, divided by the sum of the weights in the batch (as in PyTorch's mean), not by B.`,
    used: null,
    right,
    fix: 'divide by B',
  };
}

/** Without an ε that is too small to tell from another. */
function withoutSmall(texts: readonly string[]): string[] {
  return texts.length < 2 ? [...texts] : [...new Set(texts.map((text) => text.replace(/, with ε = [\d.e-]*\d/, '')))];
}

/** One of the things that are done across examples, or several that look the same. */
export function tellAcross(network: NetworkSpec, found: readonly Across[]): Told[] {
  const { place, fix } = found[0];
  const right = formulaLine(place, network);
  const texts = withoutSmall(found.map(({ text }) => text));
  const several = texts.length > 1;
  return [
    {
      kind: 'batch',
      place,
      text: several
        ? texts.length > MOST
          ? 'The gradients of a batch are no weighted sum of those of its examples.'
          : `Either this: ${texts.join(' Or this: ')} All that was asked fits each of them.`
        : texts[0],
      used: null,
      right,
      fix: (several ? null : fix) ?? right,
    },
  ];
}

/** Coefficients that are the same for some values, but are no known pattern. */
export function tellCoefficients(
  network: NetworkSpec,
  names: readonly string[],
  [larger, smaller]: readonly Float64Array[],
  isLasting: boolean,
  isLossToo: boolean,
): Told {
  const place = placeOf(names);
  const right = formulaLine(place, network);
  const each = (c: Float64Array): string => `${Array.from(c, coefficient).join(', ')} in a batch of ${c.length}`;
  const means = [larger, smaller].map((c) => (isUniform(c) ? c[0] * c.length : null));
  const scales = means.every((c) => c !== null);
  const one = names.length === 1;
  const scaled = `${listed(names)} of a batch ${one ? 'is' : 'are'} ${means.map((c) => formatNumber(c ?? 0)).join(' and ')} times the mean of ${one ? 'that' : 'those'} of its examples, for a batch of ${larger.length} and one of ${smaller.length}.`;
  const weighted = `The examples' ${listed(names)} have these coefficients in the gradient: ${each(larger)}; ${each(smaller)}. They should be 1/B each.${isLossToo ? ' The loss has the same.' : ''}`;
  const changing = `${listed(names)} of a batch ${one ? 'is' : 'are'} not the mean of ${one ? 'that' : 'those'} of its examples, and not in the same way for all examples.`;
  const text = isLasting ? (scales ? scaled : weighted) : changing;
  return { kind: 'batch', place, text, used: null, right, fix: right };
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
