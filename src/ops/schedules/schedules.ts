// Learning-rate schedules: what the learning rate is multiplied by at each step, counted from 0.
// Written `id:numbers`; joined with `+`, the factors are multiplied.
//
// The numbers have the same bits in every runtime, and both sides get the same ones.
import { UsageError, unknownName } from '../../errors.ts';
import { power } from '../../numeric/elementary.ts';
import { cos } from '../../numeric/trigonometric.ts';

/** One kind of schedule. */
interface SchedulePage {
  readonly id: string;
  /** As it is written: "step:N:γ". */
  readonly form: string;
  /** The factor of step t. */
  readonly formula: string;
  readonly numbers: readonly { readonly name: string; readonly expected: string; fits(x: number): boolean }[];
  /** How many of the numbers may be left out, from the last. */
  readonly optional?: number;
  factor(t: number, numbers: readonly number[]): number;
}

const count = { expected: 'a whole number of at least 1', fits: (x: number) => Number.isSafeInteger(x) && x >= 1 };
const share = { expected: 'a number from 0 to 1', fits: (x: number) => x >= 0 && x <= 1 };

/** All schedules, in the order that lists show them. */
export const SCHEDULES: readonly SchedulePage[] = [
  { id: 'constant', form: 'constant', formula: '1', numbers: [], factor: () => 1 },
  {
    id: 'step',
    form: 'step:N:γ',
    formula: 'γ^⌊t/N⌋',
    numbers: [
      { name: 'N', ...count },
      { name: 'γ', ...share },
    ],
    factor: (t, [N, gamma]) => power(gamma, Math.floor(t / N)),
  },
  {
    id: 'exponential',
    form: 'exponential:γ',
    formula: 'γ^t',
    numbers: [{ name: 'γ', ...share }],
    factor: (t, [gamma]) => power(gamma, t),
  },
  {
    id: 'inverse',
    form: 'inverse:k',
    formula: '1 / (1 + k·t)',
    numbers: [{ name: 'k', expected: 'a number of at least 0', fits: (x) => x >= 0 }],
    factor: (t, [k]) => 1 / (1 + k * t),
  },
  {
    // Loshchilov & Hutter 2017, eq. 5, without restarts
    id: 'cosine',
    form: 'cosine:N or cosine:N:m',
    formula: 'm + (1-m)·(1 + cos(π·t/N)) / 2 up to step N, then m; m is 0 unless given',
    numbers: [
      { name: 'N', ...count },
      { name: 'm', ...share },
    ],
    optional: 1,
    factor: (t, [N, m = 0]) => m + ((1 - m) * (1 + cos((Math.PI * Math.min(t, N)) / N))) / 2,
  },
  {
    id: 'warm-up',
    form: 'warm-up:N',
    formula: 'min(1, (t+1) / N)',
    numbers: [{ name: 'N', ...count }],
    factor: (t, [N]) => Math.min(1, (t + 1) / N),
  },
];

interface Part {
  readonly page: SchedulePage;
  readonly numbers: readonly number[];
}

const parsed = new Map<string, readonly Part[]>();

/** @throws UsageError that says what was expected */
function partsOf(schedule: string): readonly Part[] {
  let parts = parsed.get(schedule);
  if (parts === undefined) parsed.set(schedule, (parts = schedule.split('+').map(partOf)));
  return parts;
}

function partOf(text: string): Part {
  const [id, ...rest] = text.trim().split(':');
  const page = SCHEDULES.find((one) => one.id === id);
  if (page === undefined) throw unknownName('schedule', id, SCHEDULES.map((one) => one.id)); // prettier-ignore
  const numbers = rest.map((word) => (/^\d+(\.\d*)?(e[+-]?\d+)?$|^\.\d+$/i.test(word) ? Number(word) : NaN));
  const { length } = page.numbers;
  if (numbers.length > length || numbers.length < length - (page.optional ?? 0))
    throw new UsageError(`schedule "${text}": expected ${page.form}`);
  numbers.forEach((x, n) => {
    const { name, expected, fits } = page.numbers[n];
    if (!fits(x)) throw new UsageError(`schedule "${text}": expected ${expected} for ${name}, got "${rest[n]}"`);
  });
  return { page, numbers };
}

/**
 * What the learning rate is multiplied by at step t, from 0.
 * @throws UsageError where the schedule is none
 */
export function scheduleFactor(schedule: string, t: number): number {
  return partsOf(schedule).reduce((product, { page, numbers }) => product * page.factor(t, numbers), 1);
}

/** @throws UsageError that says what was expected */
export function checkSchedule(schedule: string): void {
  partsOf(schedule);
}
