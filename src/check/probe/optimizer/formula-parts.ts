// Parts of the formula of a rule: what is clipped, and the last line.
import type { Constant, Rule } from './rule.ts';

/** What is done with g before all else. */
export function gradientOf(rule: Rule): string[] {
  const { clip, clipOn, decay, lambda } = rule;
  const clipping = clip === 'none' ? [] : [`g ← ${clippedTo(rule, 'g')}`];
  const decaying = decay === 'in-gradient' ? [`g ← g ${signed(lambda, '·w')}`] : [];
  if (clipOn === 'decayed') return [...decaying, ...clipping];
  return clipOn === 'gradient' ? [...clipping, ...decaying] : decaying;
}

/** What a number becomes where it is clipped. */
export function clippedTo({ clip, clipAt: { name: c } }: Rule, of: string): string {
  switch (clip) {
    case 'none':
      return of;
    case 'value':
      return `max(-${c}, min(${c}, ${of}))`;
    case 'above':
      return `min(${c}, ${of})`;
    case 'below':
      return `max(-${c}, ${of})`;
    case 'norm-always':
      return `${of}·${c} / ‖all ${of}‖`;
    case 'norm-of-weights':
      return `${of}·min(1, ${c} / ‖${of} of weights‖)`;
    case 'norm-squared':
      return `${of}·min(1, ${c} / Σ (all ${of})²)`;
    case 'norm-of-squares':
      return `${of}·min(1, ${c} / √(Σ ‖${of}‖⁴))`;
    case 'norm':
      return `${of}·min(1, ${c} / ‖all ${of}‖)`;
    case 'tensor-norm':
      return `${of}·min(1, ${c} / ‖${of}‖)`;
    case 'normalized':
      return `${of} / ‖all ${of}‖`;
    case 'sign':
      return `sign(${of})`;
  }
}

/** + 0.01·w or - 0.01·w */
function signed({ value, name }: Constant, rest: string): string {
  return value < 0 ? `- ${name.replace(/^-/, '')}${rest}` : `+ ${name}${rest}`;
}

export function product(factor: string, of: string): string {
  return factor === '1' ? of : factor === '-1' ? `-${of}` : `${factor}·${of}`;
}

/** (v + m·g): what is not 0 of both; what has no factor comes first. */
export function sumOf(...terms: readonly (readonly [Constant, string])[]): string {
  const [first, ...others] = terms
    .filter(([{ value }]) => value !== 0)
    .toSorted(([a], [b]) => Number(b.name === '1') - Number(a.name === '1') || b.value - a.value);
  const start = product(first[0].name, first[1]);
  if (others.length === 0) return start;
  const added = others.map(([{ value, name }, of]) =>
    value < 0 ? `- ${product(name.replace(/^-/, ''), of)}` : `+ ${product(name, of)}`,
  );
  return `(${[start, ...added].join(' ')})`;
}

/** The rate at step t: lr, and its factors. */
function rateOf({ rate, schedule: { form, by } }: Rule): string {
  const own =
    rate.name === '1' || rate.value === -1
      ? 'lr'
      : rate.name === 'lr'
        ? 'lr²'
        : rate.name === '1/lr'
          ? ''
          : `${rate.name}·lr`;
  const factor = {
    constant: '',
    listed: 'fₜ',
    proportional: 't',
    inverse: '(1/t)',
    'inverse-root': '(1/√t)',
    exponential: `${by.name}ᵗ`,
    'exponential-later': `${by.name}ᵗ⁻¹`,
    time: `1/(1 + ${by.name}·t)`,
    'time-later': `1/(1 + ${by.name}·(t-1))`,
  }[form];
  return [own, factor].filter((part) => part !== '').join('·');
}

/** @param whole what lr multiplies */
export function lastOf(rule: Rule, whole: string): string {
  const { decay, lambda, rate, clipOn } = rule;
  if (rate.value === 0) return 'w ← w';
  const sign = rate.value === -1 ? '+' : '-';
  const lr = rateOf(rule);
  const times = lr === '' ? '' : `${lr}·`;
  if (clipOn === 'rated') return `u = ${times}${whole},  u ← ${clippedTo(rule, 'u')},  w ← w ${sign} u`;
  if (clipOn === 'weights') return `w ← w ${sign} ${times}${whole},  w ← ${clippedTo(rule, 'w')}`;
  const named = rule.adadelta !== 'none' ? 'Δ' : clipOn === 'step' ? 'u' : null;
  const step = named ?? whole;
  const clipping = clipOn === 'step' ? `${step} ← ${clippedTo(rule, step)},  ` : '';
  const delta = named === null ? '' : `${named} = ${whole},  ${clipping}`;
  if (decay === 'with-rate') return `${delta}w ← w ${sign} ${times}(${step} ${signed(lambda, '·w')})`;
  const taken = `w ${sign} ${times}${step}`;
  if (decay === 'in-step') {
    const off = { name: lambda.name, value: -lambda.value };
    return `${delta}w ← ${taken} ${signed(off, '·w')}`;
  }
  if (decay === 'after-with-rate') return `${delta}w ← (${taken})·(1 - lr·${lambda.name})`;
  if (decay === 'after')
    return `${delta}w ← (${taken})·(1 ${lambda.value < 0 ? '+' : '-'} ${lambda.name.replace(/^-/, '')})`;
  return `${delta}w ← ${taken}`;
}
