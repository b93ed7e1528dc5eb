// Gradients that are right but for their length: divided by a norm, or cut down to one.
import { dot } from '../../../numeric/norms.ts';
import { listed } from '../../../text.ts';
import { areClose } from '../pass/pass.ts';
import type { Values } from '../pass/pass.ts';
import type { Told } from '../told.ts';
import { freshAnswer } from './answer.ts';
import type { Answer, Asked } from './answer.ts';
import { placeOf } from './tell.ts';

/** Far from the seeds of other points. */
const SEED = 7_220_001;
const EXAMPLES = 4;

type Measure = (values: readonly Float64Array[]) => number;

const SIZES: readonly { readonly text: string; readonly of: Measure }[] = [
  { text: 'norm', of: (all) => Math.sqrt(all.reduce((sum, values) => sum + dot(values, values), 0)) },
  { text: 'largest entry', of: (all) => Math.max(...all.flatMap((values) => largestOf(values))) },
  {
    text: 'sum of absolute values',
    of: (all) => all.reduce((sum, values) => sum + values.reduce((own, x) => own + Math.abs(x), 0), 0),
  },
];

function largestOf(values: Float64Array): number {
  return values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

/** Whose length counts. */
const SCOPES: readonly {
  readonly text: (size: string) => string;
  readonly of: (name: string, other: string) => boolean;
}[] = [
  { text: (size) => `its own ${size}`, of: (name, other) => name === other },
  {
    text: (size) => `the ${size} of weights and bias of its layer`,
    of: (name, other) => name.slice(2) === other.slice(2),
  },
  { text: (size) => `the ${size} of all gradients together`, of: () => true },
  { text: (size) => `the ${size} of the gradients of all weights together`, of: (_, other) => other.startsWith('dW') },
];

/** One way to change lengths. */
interface Way {
  readonly size: (typeof SIZES)[number];
  readonly scope: (typeof SCOPES)[number];
  /** null: divided by the length; else cut down to this one. */
  readonly most: number | null;
}

/**
 * What is normalised; null if nothing is, or if that is not all that is wrong. A fresh batch is
 * asked for if it is. Throws ENOUGH.
 */
export async function normalisedIn(asked: Asked): Promise<Told | null> {
  const { answers } = asked;
  const names = answers[0].whole.map(({ name }) => name).filter((name) => name !== 'loss');
  const wrong = names.filter((name) => !answers.every((one) => areClose(of(one.whole, name), of(one.right, name))));
  const ways = SIZES.flatMap((size) => SCOPES.flatMap((scope) => waysOf({ size, scope }, answers, wrong)));
  const likely = ways.filter((way) => answers.every((one) => fits(way, one, wrong)));
  if (likely.length === 0) return null;
  const fresh = await freshAnswer(asked, EXAMPLES, SEED);
  const lasting = likely.filter((way) => fits(way, fresh, wrong));
  return lasting.length === 0 || lasting.length > MOST ? null : tell(lasting, wrong, names);
}

/** With more explanations, nothing is told. */
const MOST = 2;

function of(values: Values, name: string): Float64Array {
  return values.find((one) => one.name === name)?.values ?? new Float64Array();
}

function sizeOf({ size, scope }: Pick<Way, 'size' | 'scope'>, values: Values, name: string): number {
  return size.of(values.filter((one) => one.name !== 'loss' && scope.of(name, one.name)).map((one) => one.values));
}

/** Divided by the size; or cut, where the largest size that is left comes up more than once. */
function waysOf(way: Pick<Way, 'size' | 'scope'>, answers: readonly Answer[], wrong: readonly string[]): Way[] {
  const divided: Way = { ...way, most: null };
  if (way.size.text !== 'norm' || wrong.length === 0) return [divided];
  const left = answers.flatMap(({ whole, right }) =>
    wrong.flatMap((name) => {
      const [found, wanted] = [of(whole, name), of(right, name)];
      const factor = dot(found, wanted) / dot(wanted, wanted);
      return factor < 1 - CUT ? [factor * sizeOf(way, right, name)] : [];
    }),
  );
  const most = Math.max(...left);
  const isOne = left.length >= ENOUGH && left.every((x) => Math.abs(x - most) <= CUT * most);
  return isOne ? [divided, { ...way, most }] : [divided];
}

/** A share of a length that is more than rounding. */
const CUT = 1e-4;
/** So many gradients must have been cut. */
const ENOUGH = 2;

function fits(way: Way, { whole, right }: Answer, wrong: readonly string[]): boolean {
  return wrong.every((name) => {
    const size = sizeOf(way, right, name);
    const factor = way.most === null ? 1 / size : Math.min(1, way.most / size);
    const wanted = of(right, name).map((x) => factor * x);
    return areClose(of(whole, name), wanted);
  });
}

function tell(ways: readonly Way[], wrong: readonly string[], names: readonly string[]): Told {
  const place = placeOf(wrong);
  const isAll = wrong.length === names.length;
  const how = ways.map(({ size, scope, most }) =>
    most === null
      ? `divided by ${scope.text(size.text)}`
      : `scaled down where ${scope.text(size.text)} is more than ${Number(most.toPrecision(4))}`,
  );
  const said = how.length > 1 ? `either ${how.join(', or ')}` : how[0];
  return {
    kind: 'factor',
    place,
    text: `${isAll ? 'Every gradient' : wrong.length > 1 ? `Each of ${listed(wrong)}` : wrong[0]} is ${said}; but for that it is right.`,
    used: null,
    right: null,
    fix: 'return the gradients as they are; an optimizer may clip or normalise them',
  };
}
