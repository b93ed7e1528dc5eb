// What else may happen to a batch when its gradients are no sum of its examples': examples are
// mixed up, values of one serve for all, sums run on from one to the next, statistics are taken.
import type { NetworkSpec } from '../../../network/spec.ts';
import { dot } from '../../../numeric/norms.ts';
import type { Matrix } from '../../../numeric/matrix.ts';
import type { Changes } from '../pass/pass.ts';
import { byColumns, entries, meanOf, rowsFrom, summedUp } from '../pass/rows.ts';
import type { Across } from './changed.ts';
import { softmaxOverBatch } from './softmax-over-batch.ts';
import { reshaped } from './reshaped.ts';
import { SAME_ORDER } from './shuffled.ts';
import { STATISTICS } from './statistics.ts';

/** Which example stands in for example r of B; whether each stands in for one. */
const ROWS: readonly {
  readonly text: string;
  readonly at: (r: number, B: number) => number;
  readonly isOrder?: true;
}[] = [
  { text: 'the last example', at: (_, B) => B - 1 },
  { text: 'the first example', at: () => 0 },
  { text: 'the example after it', at: (r, B) => (r + 1) % B, isOrder: true },
  { text: 'the example before it', at: (r, B) => (r + B - 1) % B, isOrder: true },
  { text: 'the example in its place in reverse order', at: (r, B) => B - 1 - r, isOrder: true },
  { text: 'the example after it, and the last one its own', at: (r, B) => Math.min(r + 1, B - 1) },
  { text: 'the example before it, and the first one its own', at: (r) => Math.max(r - 1, 0) },
];

/** All that is known here, for this network. */
export function acrossOf(network: NetworkSpec): Across[] {
  const numbers = network.layers.map((_, l) => l);
  const hidden = numbers.slice(0, -1);
  const mixed = ROWS.flatMap(({ text, at, isOrder = false }) =>
    mixedUp(numbers, hidden, text, (m) => rowsFrom(m, (r) => at(r, m.rows)))
      .filter(({ place }) => !isOrder || place !== 'z1') // inputs in one order are targets in another
      .map((one) => (isOrder && one.place === 'loss' ? { ...one, fix: SAME_ORDER } : one)),
  );
  return [
    ...softmaxOverBatch(network),
    broadcast(numbers.length),
    ...mixed,
    // the mean of the targets is in `broadcast`; the mean dz with each x is the mean x with each dz
    ...mixedUp(numbers, hidden, 'the mean example of the batch', meanRow).filter(
      ({ changes: { targets, dzOf } }) => targets === undefined && dzOf === undefined,
    ),
    ...reshaped(numbers),
    ...runningOn(numbers, hidden),
    ...statistics(numbers, hidden),
  ];
}

/** p (B, 1) - t (B) is (B, B) in NumPy: every output meets every target. */
function broadcast(layers: number): Across {
  return {
    place: `dz${layers}`,
    text: 'Each example gets the mean of the targets of the batch, as where (B, 1) and (B) are subtracted and become (B, B).',
    changes: { targets: meanRow },
  };
}

/** The mean over the batch, in every row. */
function meanRow(m: Matrix): Matrix {
  return byColumns(m, (column) => column.map(() => meanOf(column)));
}

function input(l: number): string {
  return l === 0 ? 'x' : `a${l}`;
}

function mixedUp(
  numbers: readonly number[],
  hidden: readonly number[],
  whose: string,
  other: (m: Matrix) => Matrix,
): Across[] {
  const at = (l: number): string => `a${l + 1}, z${l + 1}`;
  const slope = ({ z, a }: { z: Matrix; a: Matrix }): { z: Matrix; a: Matrix } => ({ z: other(z), a: other(a) });
  const each = (one: string, changes: (is: (l: number) => boolean) => Changes, of: readonly number[]): Across[] => [
    ...of.map((l) => ({ place: one.replace('N', String(l + 1)), text: '', changes: changes((k) => k === l) })),
    ...(of.length > 1 ? [{ place: one.replace('N', String(of.length)), text: '', changes: changes(() => true) }] : []),
  ];
  const named = (all: Across[], of: readonly number[], text: (l: number) => string): Across[] =>
    all.map((one, n) => ({ ...one, text: n < of.length ? text(of[n]) : `${of.map((l) => text(l)).join(' ')}` }));
  return [
    { place: 'loss', text: `Each example gets the targets of ${whose}.`, changes: { targets: other } },
    {
      place: 'z1',
      text: `Each example gets the inputs of ${whose}.`,
      changes: { enters: (l, x) => (l === 0 ? other(x) : x) },
    },
    ...named(
      each('dWN', (is) => ({ factor: (l, x) => (is(l) ? other(x) : x) }), numbers),
      numbers,
      (l) => `In dW${l + 1}, the dz${l + 1} of each example meets the ${input(l)} of ${whose}.`,
    ),
    ...named(
      each('dzN', (is) => ({ slope: (l, own) => (is(l) ? slope(own) : own) }), hidden),
      hidden,
      (l) => `The derivative in dz${l + 1} is taken at the ${at(l)} of ${whose}.`,
    ),
    ...named(
      each(
        'dzN',
        (is) => ({
          slope: (l, own) => (is(l) ? slope(own) : own),
          factor: (l, x) => (l > 0 && is(l - 1) ? other(x) : x),
        }),
        hidden,
      ),
      hidden,
      (l) => `The backward pass uses the ${at(l)} of ${whose} for each example.`,
    ),
    ...(hidden.length === 0
      ? []
      : [
          {
            place: `dW${numbers.length}`,
            text: `The backward pass uses the inputs and activations of ${whose} for each example.`,
            changes: {
              factor: (_: number, x: Matrix) => other(x),
              slope: (l: number, own: { z: Matrix; a: Matrix }) => (hidden.includes(l) ? slope(own) : own),
            },
          },
        ]),
    ...named(
      each('dWN', (is) => ({ dzOf: (l, role, dz) => (role === 'W' && is(l) ? other(dz) : dz) }), numbers),
      numbers,
      (l) => `In dW${l + 1}, the ${input(l)} of each example meets the dz${l + 1} of ${whose}.`,
    ),
    ...named(
      each('dzN', (is) => ({ returned: (l, da) => (is(l) ? other(da) : da) }), hidden),
      hidden,
      (l) => `What goes back to layer ${l + 1} is that of ${whose}.`,
    ),
  ];
}

/** Sums that are not set to 0 between examples. */
function runningOn(numbers: readonly number[], hidden: readonly number[]): Across[] {
  const one = (of: readonly number[], name: string, changes: (is: (l: number) => boolean) => Changes): Across[] => [
    ...of.map((l) => ({
      place: `${name}${l + 1}`,
      text: `${name}${l + 1} of each example contains the sums of the examples before it: they are not set to 0.`,
      changes: changes((k) => k === l),
    })),
    ...(of.length > 1
      ? [
          {
            place: `${name}${of.length}`,
            text: `${of.map((l) => `${name}${l + 1}`).join(' and ')} of each example contain the sums of the examples before it: they are not set to 0.`,
            changes: changes(() => true),
          },
        ]
      : []),
  ];
  return [
    ...one(hidden, 'da', (is) => ({ returned: (l, da) => (is(l) ? summedUp(da) : da) })),
    ...one(hidden, 'dz', (is) => ({ dz: (l, dz) => (is(l) ? summedUp(dz) : dz) })),
    ...one(numbers, 'z', (is) => ({ scores: (l, z) => (is(l) ? summedUp(z) : z) })),
    ...numbers.map((l) => ({
      place: `dz${l + 1}`,
      text: `The mean over the batch is subtracted from dz${l + 1}.`,
      changes: { dz: (k: number, dz: Matrix) => (k === l ? STATISTICS[0].of(dz) : dz) },
    })),
    ...numbers.map((l) => ({
      place: `dz${l + 1}`,
      text: `dz${l + 1} is divided by its norm over the whole batch.`,
      changes: {
        dz: (k: number, dz: Matrix) => {
          const size = Math.sqrt(dot(dz.data, dz.data));
          return k === l ? entries(dz, (value) => value / size) : dz;
        },
      },
    })),
  ];
}

function statistics(numbers: readonly number[], hidden: readonly number[]): Across[] {
  const sentence = (what: string, how: string | null): string =>
    `${what[0].toUpperCase()}${what.slice(1)}${how === null ? '' : `; ${how}`}.`;
  return STATISTICS.flatMap(({ text, of, backward }) => [
    {
      place: 'z1',
      text: `${sentence(text('x'), null)}`.replace(/^X /, 'x '),
      changes: { enters: (l: number, x: Matrix) => (l === 0 ? of(x) : x) },
    },
    ...numbers.flatMap((l) =>
      backward.map((back): Across => {
        let raw: Matrix | null = null;
        const changes: Changes = {
          scores: (k, z) => {
            if (k !== l) return z;
            raw = z;
            return of(z);
          },
          dz: (k, dz) => (k === l && raw !== null ? back.of(dz, raw) : dz),
        };
        return { place: `z${l + 1}`, text: startingSmall(sentence(text(`z${l + 1}`), back.text)), changes };
      }),
    ),
    ...hidden.flatMap((l) =>
      backward.map((back): Across => {
        let raw: Matrix | null = null;
        const changes: Changes = {
          enters: (k, x) => {
            if (k !== l + 1) return x;
            raw = x;
            return of(x);
          },
          returned: (k, da) => (k === l && raw !== null ? back.of(da, raw) : da),
        };
        return { place: `z${l + 2}`, text: startingSmall(sentence(text(`a${l + 1}`), back.text)), changes };
      }),
    ),
  ]);
}

/** "Z1 is" -> "z1 is" */
function startingSmall(sentence: string): string {
  return sentence.replace(/^[ZA]\d/, (name) => name.toLowerCase());
}
