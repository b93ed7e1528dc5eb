// Inputs and targets that were put into different orders: examples get the targets of others.
import { formulaLine } from '../../../network/formulas.ts';
import type { Batch } from '../../../network/batch.ts';
import type { Matrix } from '../../../numeric/matrix.ts';
import { differing } from '../pass/pass.ts';
import type { Told } from '../told.ts';
import { freshAnswer } from './answer.ts';
import type { Asked, Shown } from './answer.ts';
import { inOrder, ordersIn } from './orders.ts';
import type { Order } from './orders.ts';

export const SAME_ORDER = 'put inputs and targets into the same order';

/** Far from the seeds of other points. */
const SEED = 7_230_001;
/** Fresh batches of one size: where targets are equal, one batch tells little of an order. */
const FRESH = 6;
/** Of batches whose loss alone is asked for. */
const EXAMPLES = 5;

/**
 * What order the targets are in, and whether the loss follows from it; null if that is not all that
 * is wrong. More batches are asked for if it is. Throws ENOUGH.
 */
export async function shuffledIn(
  asked: Omit<Asked, 'answers'>,
  given: readonly Shown[],
): Promise<{ readonly told: Told; readonly isLossToo: boolean } | null> {
  const { network } = asked;
  const seen = await seenIn(asked, given, 'gradients', given[0].batch.inputs.rows);
  if (seen === null) return null;
  const isLossToo = seen.every(({ one, orders }) =>
    orders.some((order) => differing(one.whole, inOrder(network, one, order), one.right).length === 0),
  );
  return {
    isLossToo,
    told: {
      kind: 'batch',
      place: 'loss',
      text: `Examples get the targets of others: inputs and targets are not in the same order${how(seen)}.`,
      used: null,
      right: formulaLine('loss', network),
      fix: SAME_ORDER,
    },
  };
}

/** The same of the loss alone, where the gradients are right. Throws ENOUGH. */
export async function shuffledLossIn(asked: Omit<Asked, 'answers'>): Promise<readonly Told[]> {
  const { network } = asked;
  const seen = await seenIn(asked, [], 'loss', EXAMPLES);
  if (seen === null || seen.every(({ orders }) => orders.some((order) => order.every((from, r) => from === r))))
    return [];
  return [
    {
      kind: 'batch',
      place: 'loss',
      text: `In the loss, examples get the targets of others: outputs and targets are not in the same order${how(seen)}. The gradients are right.`,
      used: null,
      right: formulaLine('loss', network),
      fix: SAME_ORDER,
    },
  ];
}

/** A batch, and the orders that give its answer. */
interface Seen {
  readonly one: Shown;
  readonly orders: readonly Order[];
}

/** Those given, and fresh ones of B examples; null if no order gives one of them. */
async function seenIn(
  asked: Omit<Asked, 'answers'>,
  given: readonly Shown[],
  of: 'gradients' | 'loss',
  B: number,
): Promise<readonly Seen[] | null> {
  const seen: Seen[] = [];
  const see = (one: Shown): boolean => {
    const orders = ordersIn(asked.network, one, of);
    seen.push({ one, orders });
    return orders.length > 0;
  };
  if (!given.every(see)) return null;
  for (let n = 0; n < FRESH; n++) if (!see(await freshAnswer(asked, B, SEED + n))) return null;
  return seen;
}

const isSame = (a: Order, b: Order): boolean => a.every((from, r) => from === b[r]);

const listOf = (order: Order): string => order.map((from) => from + 1).join(', ');

/** What is known of the order; the last batch is of the size that most have. */
function how(seen: readonly Seen[]): string {
  const B = seen[seen.length - 1].one.batch.inputs.rows;
  const sorted = SORTED.filter(({ of }) =>
    seen.every(({ one: { batch }, orders }) => orders.some((order) => isSame(order, of(batch)))),
  );
  if (sorted.length === 1) return `: ${sorted[0].text}`;
  const [first, ...others] = seen.filter(({ one }) => one.batch.inputs.rows === B);
  const lasting = first.orders.filter((order) =>
    others.every(({ orders }) => orders.some((other) => isSame(order, other))),
  );
  if (lasting.length === 0) return '; in another batch of the same size they are in another one';
  if (lasting.length > 1) return `, though in the same ones in every batch of ${B}`;
  const [order] = lasting;
  return `. In a batch of ${B}, the targets of examples ${listOf(order)} go with the inputs of examples ${listOf(order.map((_, r) => r))}`;
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
