// The two sides of a comparison. What both sides have (engines, answers, runs) travels as one pair,
// so that they cannot be confused.

/** The two sides of a comparison. */
export type Side = 'candidate' | 'reference';

/** What is checked, and what it is compared with. */
export const SIDES = ['candidate', 'reference'] as const satisfies readonly Side[];

/** One value per side. */
export type Pair<T> = Readonly<Record<Side, T>>;

/** Makes a pair, the candidate's value first. */
export function pairOf<T>(of: (side: Side) => T): Pair<T> {
  return { candidate: of('candidate'), reference: of('reference') };
}

/** Applies a function to both sides, the candidate first. */
export function mapPair<T, U>(pair: Pair<T>, change: (one: T, side: Side) => U): Pair<U> {
  return pairOf((side) => change(pair[side], side));
}

/**
 * Asks both sides one after the other, the candidate first: two engines are never called at the
 * same time.
 */
export async function inTurn<T, U>(pair: Pair<T>, ask: (one: T, side: Side) => Promise<U>): Promise<Pair<U>> {
  const candidate = await ask(pair.candidate, 'candidate');
  return { candidate, reference: await ask(pair.reference, 'reference') };
}

/** The other side. */
export function opposite(side: Side): Side {
  return side === 'candidate' ? 'reference' : 'candidate';
}

/** The same value on both sides: one engine measured against itself. */
export function both<T>(one: T): Pair<T> {
  return { candidate: one, reference: one };
}
