// Inputs and targets that were put into different orders: examples get the targets of others.
import { formulaLine } from '../../../network/formulas.ts';
import type { Batch } from '../../../network/batch.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import type { Matrix } from '../../../numeric/matrix.ts';
import { differing } from '../pass/pass.ts';
import type { Told } from '../told.ts';
import { inOrder, ordersIn } from './orders.ts';
import type { Order, Shown } from './orders.ts';

export const SAME_ORDER = 'put inputs and targets into the same order';

/**
 * What order the targets are in, and whether the loss follows from it; null if that is not all that
 * is wrong.
 * @param seen batches; the first and the last are of one size
 */
export function shuffledIn(
  network: NetworkSpec,
  seen: readonly Shown[],
): { readonly told: Told; readonly isLossToo: boolean } | null {
  const all: Order[][] = [];
  for (const one of seen) {
    const found = ordersIn(network, one);
    if (found.length === 0) return null;
    all.push(found);
  }
  const isLossToo = seen.every((one, n) =>
    all[n].some((order) => differing(one.whole, inOrder(network, one, order), one.right).length === 0),
  );
  const [first, last] = [all[0], all[all.length - 1]];
  const lasting = first.filter((order) => last.some((other) => isSame(order, other)));
  return {
    isLossToo,
    told: {
      kind: 'batch',
      place: 'loss',
      text: `Examples get the targets of others: inputs and targets are not in the same order${how(seen, all, lasting)}.`,
      used: null,
      right: formulaLine('loss', network),
      fix: SAME_ORDER,
    },
  };
}

const isSame = (a: Order, b: Order): boolean => a.every((from, r) => from === b[r]);

const listOf = (order: Order): string => order.map((from) => from + 1).join(', ');

/** What is known of the order. */
function how(seen: readonly Shown[], all: readonly (readonly Order[])[], lasting: readonly Order[]): string {
  const sorted = SORTED.filter(({ of }) =>
    seen.every(({ batch }, n) => all[n].some((order) => isSame(order, of(batch)))),
  );
  if (sorted.length === 1 && lasting.length === 0) return `: ${sorted[0].text}`;
  if (lasting.length > 1) return ', the same in every batch of that size';
  if (lasting.length === 0) return '; in another batch of the same size they are in another one';
  const [order] = lasting;
  return `. In a batch of ${order.length}, the targets of examples ${listOf(order)} go with the inputs of examples ${listOf(order.map((_, r) => r))}`;
}

/** Orders that depend on the batch. */
const SORTED: readonly { readonly text: string; readonly of: (batch: Batch) => Order }[] = [
  ...[0, 1, 2, 3].map((c) => ({
    text: `the inputs are sorted by their ${['first', 'second', 'third', 'fourth'][c]} number, the targets are not`,
    of: ({ inputs }: Batch) => ranksOf(inputs, (row) => row[c]),
  })),
  {
    text: 'the targets are sorted, the inputs are not',
    of: ({ targets }) => sortedBy(targets, (row) => (row.length > 1 ? row.indexOf(Math.max(...row)) : row[0])),
  },
];

function sortedBy({ rows, cols, data }: Matrix, of: (row: readonly number[]) => number): number[] {
  const keys = Array.from({ length: rows }, (_, r) => of([...data.subarray(r * cols, (r + 1) * cols)]));
  return keys.map((_, r) => r).toSorted((a, b) => keys[a] - keys[b]);
}

/** The place that each row has among the sorted ones. */
function ranksOf(m: Matrix, of: (row: readonly number[]) => number): number[] {
  const sorted = sortedBy(m, of);
  return sorted.map((_, r) => sorted.indexOf(r));
}
