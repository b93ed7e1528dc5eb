// Something that was rounded too far, as data.
import type { Rounding } from './roundings.ts';

/** What is rounded before it is used. */
export const SOURCES = ['inputs', 'weights', 'parameters', 'parameters and inputs'] as const;
type Source = (typeof SOURCES)[number];

/** Something that is rounded: what the numbers are made of, the numbers, or both. */
export interface Rounded {
  readonly rounding: Rounding;
  readonly source: Source | null;
  /** Whether numbers are rounded before they are returned. */
  readonly after: boolean;
}

/** With the values that are returned rounded: loss, dW1, db1 ... */
export interface Explained extends Rounded {
  readonly names: readonly string[];
}
