// What multiplies the steps of an engine beside the learning rate: one factor, or one that changes
// from step to step.
import { power } from '../../../numeric/elementary.ts';
import type { Constant, Schedule } from './rule.ts';
import { CONSTANT } from './rule.ts';
import { factorAt } from './operations.ts';
import { shown } from './moves.ts';

/** A factor and a schedule that give the factors that were found, nearly. */
export interface Rate {
  readonly rate: Constant;
  readonly schedule: Schedule;
  /** What is unusual about it: a factor, a schedule, both. */
  readonly cost: number;
}

/** The factors were measured: they have few right digits. */
const NEAR = 1e-3;

const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= NEAR * Math.max(Math.abs(a), Math.abs(b));

/** Factors that people leave in or out by mistake. */
function knownFactors(lr: number): Constant[] {
  const known = [-1, 2, 0.5, -2, -0.5, 10, 0.1, 0, 100, 0.01, 3, 4, 0.25].map((value) => ({
    value,
    name: shown(value),
  }));
  if (lr === 1) return known;
  return [...known, { value: lr, name: 'lr' }, { value: 1 / lr, name: '1/lr' }];
}

/** One factor, by name if it has one, then with more and more digits. */
function constants(value: number, lr: number): Constant[] {
  const known = knownFactors(lr).filter(
    (one) => isNear(one.value, value) || (one.value === 0 && Math.abs(value) < 1e-12),
  );
  return [...known, ...digitsOf(value)];
}

/** The number with few digits, with more, and as it was found. */
export function digitsOf(value: number): Constant[] {
  const rounded = [1, 2, 3, 4].map((digits) => Number(value.toPrecision(digits))).filter((one) => isNear(one, value));
  return [...new Set([...rounded, value])].map((one) => ({ value: one, name: shown(one) }));
}

/**
 * The rates that give these factors, likelier ones first; the last says nothing of its digits.
 * @param mayHaveList whether each step may have a factor of its own
 */
export function ratesOf(factors: readonly number[], lr: number, mayHaveList: boolean): Rate[] {
  if (!factors.every((f) => Number.isFinite(f))) return [];
  const one: Constant = { value: 1, name: '1' };
  if (factors.every((f) => isNear(f, 1))) return [{ rate: one, schedule: CONSTANT, cost: 0 }];
  if (factors.every((f) => isNear(f, factors[0]) || Math.abs(f - factors[0]) < 1e-12))
    return constants(factors[0], lr).map((rate) => ({ rate, schedule: CONSTANT, cost: 1 }));
  const known = factors.some((f) => f === 0) ? [] : schedulesOf(factors);
  const rates = known.flatMap((schedule): Rate[] => {
    const left = leftBy(schedule, factors);
    if (left === null) return [];
    if (isNear(left, 1)) return [{ rate: one, schedule, cost: 1 }];
    return constants(left, lr).map((rate) => ({ rate, schedule, cost: 2 }));
  });
  if (rates.length > 0 || !mayHaveList) return rates.toSorted((a, b) => a.cost - b.cost);
  const short = factors.map((f) => (f === 0 ? CONSTANT.by : digitsOf(f)[0]));
  const long = factors.map((f): Constant => ({ value: f, name: shown(Number(f.toPrecision(4))) }));
  return [short, long].map((list) => ({ rate: one, schedule: { ...CONSTANT, form: 'listed', list }, cost: 1 }));
}

/** The one factor beside a schedule; null if another one is left at some step. */
function leftBy(schedule: Schedule, factors: readonly number[]): number | null {
  const left = factors.map((f, k) => f / factorAt(schedule, k + 1));
  return left.every((f) => isNear(f, left[0])) ? left[0] : null;
}

function schedulesOf(factors: readonly number[]): Schedule[] {
  const none = CONSTANT.by;
  const last = factors.length - 1;
  const ratio = factors[last] / factors[0];
  const isOf = (form: Schedule['form'], value: number): boolean =>
    leftBy({ form, by: { value, name: '' } }, factors) !== null;
  const gamma = ratio > 0 ? power(ratio, 1 / last) : NaN;
  const gammas = isOf('exponential', gamma) ? digitsOf(gamma) : [];
  // 1/f is proportional to 1 + d·t, or to 1 + d·(t-1)
  const slope = (1 / factors[last] - 1 / factors[0]) / last;
  const later = slope * factors[0];
  const now = later / (1 - later);
  const times = (form: 'time' | 'time-later', d: number): Schedule[] =>
    d > 0 && Number.isFinite(d) && isOf(form, d) ? digitsOf(d).map((by) => ({ form, by })) : [];
  return [
    { form: 'proportional', by: none },
    { form: 'inverse', by: none },
    { form: 'inverse-root', by: none },
    ...gammas.flatMap((by): Schedule[] => [
      { form: 'exponential-later', by },
      { form: 'exponential', by },
    ]),
    ...times('time-later', later),
    ...times('time', now),
  ];
}
