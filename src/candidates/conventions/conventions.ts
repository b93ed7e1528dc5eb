// The conventions a candidate can declare. Right implementations differ in them: layouts, sums or
// means, forms of targets and biases.
import { MEANINGS } from '../../network/meaning.ts';

/** Every convention with its choices, the default first. */
export const CONVENTIONS = {
  /**
   * Layout of weights and of their gradients: (inputs, units) as in z = x W + b, or (units, inputs)
   * as in z = W x + b.
   */
  weights: ['inputs-units', 'units-inputs'],
  /**
   * A bias is (units), a row (1, units), a column (units, 1), or there is none; then no engine's
   * network has one. Or biases are a row of the weights (inputs + 1, units), or a column of the
   * weights (units, inputs + 1).
   */
  biases: ['flat', 'row', 'column', 'none', 'last-row', 'first-row', 'last-column', 'first-column'],
  /**
   * Examples are rows, inputs (B, D); columns, inputs (D, B); or come one at a time, inputs (D).
   * For one at a time, backproof takes the mean of their losses and gradients.
   */
  examples: ['rows', 'columns', 'one'],
  /** One-hot (B, K), or class numbers from 0, (B). */
  targets: ['one-hot', 'classes'],
  /** gradients, loss, squaredError: whether each is a mean or a sum. */
  ...MEANINGS,
  /**
   * The form of matrices in a request: nested arrays, or one flat Float64Array, row after row.
   * Answers may be either.
   */
  arrays: ['nested', 'typed'],
  /** The precision it computes in: 64 or 32 bits. */
  dtype: ['f64', 'f32'],
} as const;

/** weights, biases, examples, targets, gradients, loss, squaredError, arrays, dtype */
export type ConventionName = keyof typeof CONVENTIONS;
/** A value for every convention. */
export type Conventions = { readonly [K in ConventionName]: (typeof CONVENTIONS)[K][number] };
/** What a candidate declares: the conventions that differ from the defaults. */
export type DeclaredConventions = { readonly [K in ConventionName]?: (typeof CONVENTIONS)[K][number] };

/** The first choice of each convention. */
export const DEFAULT_CONVENTIONS = Object.fromEntries(
  Object.entries(CONVENTIONS).map(([name, choices]) => [name, choices[0]]),
) as unknown as Conventions;

/** The conventions that differ from the defaults. */
export function declaredOf(conventions: Conventions): DeclaredConventions {
  const names = Object.keys(CONVENTIONS) as ConventionName[];
  return Object.fromEntries(
    names.filter((name) => conventions[name] !== DEFAULT_CONVENTIONS[name]).map((name) => [name, conventions[name]]),
  );
}
