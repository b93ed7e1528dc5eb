// Sentences about wrong tensors as a whole: all zero, or a multiple of the exact one.
import type { GradientCheck } from '../../check/gradient-check.ts';
import type { Pattern } from '../../check/diagnosis/patterns.ts';
import type { Told } from '../../check/probe/told.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { listed } from '../../text.ts';
import { formatNumber } from '../words/numbers.ts';
import { saysFactorOf } from './told.ts';

/** Tensors listed in a sentence before the rest is counted. */
const NAMED = 6;

/**
 * "dW2 and db2 are 64 times the exact gradient (64 is the batch size)." One sentence per factor,
 * and one for zeros.
 * @param told what is said already
 */
export function patternSentences(
  { patterns, diagnosis }: GradientCheck,
  network: NetworkSpec | null,
  told: readonly Told[],
): string[] {
  if (patterns === null) return [];
  const groups = new Map<string, string[]>();
  const { mistakes = [], pairs = [] } = diagnosis ?? {};
  const isNamed = mistakes.length + pairs.length > 0; // then the mistake says where the factor is from
  const sizes = isNamed ? [] : sizesOf(network, patterns.batchSize);
  for (const pattern of patterns.tensors) {
    if (saysFactorOf(told, pattern.parameter) || isBarely(pattern)) continue;
    const said = phrase(pattern, sizes);
    groups.set(said, [...(groups.get(said) ?? []), `d${pattern.parameter}`]);
  }
  return [...groups].map(([said, names]) => `${listed(names, NAMED)} ${names.length === 1 ? 'is' : 'are'} ${said}.`);
}

/** What rounding to few digits looks like: a factor that would be printed as 1 says nothing. */
function isBarely(pattern: Pattern): boolean {
  return pattern.kind !== 'zero' && Math.abs(pattern.factor - 1) <= 1e-3;
}

type Size = readonly [size: number, what: string];

function sizesOf(network: NetworkSpec | null, batchSize: number): Size[] {
  const outputs = network?.layers.at(-1)?.units;
  return [
    [batchSize, 'the batch size'],
    ...(outputs === undefined ? [] : [[outputs, 'the number of outputs'] as const]),
  ];
}

function phrase(pattern: Pattern, sizes: readonly Size[]): string {
  if (pattern.kind === 'zero') return 'all zero';
  const { factor, error } = pattern;
  if (isNear(factor, -1, error)) return 'the exact gradient with the opposite sign';
  const meanings = (n: number): string => {
    const fits = sizes.flatMap(([size, what]) => (size === n && n > 2 ? [what] : []));
    return fits.length === 0 ? '' : ` (${n} is ${fits.join(' and ')})`;
  };
  const whole = Math.round(factor);
  if (whole !== 0 && isNear(factor, whole, error))
    return `${whole} times the exact gradient${meanings(Math.abs(whole))}`;
  const part = Math.round(1 / factor);
  if (isNear(factor, 1 / part, error)) {
    return `1/${Math.abs(part)} of the exact gradient${meanings(Math.abs(part))}${part < 0 ? ', with the opposite sign' : ''}`;
  }
  return `${formatNumber(factor, 4)} times the exact gradient`;
}

function isNear(factor: number, other: number, error: number): boolean {
  return Math.abs(factor - other) <= error;
}
