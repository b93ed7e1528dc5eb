// The two sides of a comparison. Whatever both of them have (engines, answers, runs) travels as one pair, so that nobody confuses them.

/** The two sides of a comparison. */
export type Side = 'candidate' | 'reference';

/** What is on trial, and what it is compared with. */
export const SIDES = ['candidate', 'reference'] as const satisfies readonly Side[];

/** One thing of each side. */
export type Pair<T> = Readonly<Record<Side, T>>;

/** A pair made of its sides, the candidate's first. */
export function pairOf<T>(of: (side: Side) => T): Pair<T> {
  return { candidate: of('candidate'), reference: of('reference') };
}

/** The same done with both, the candidate first. */
export function mapPair<T, U>(pair: Pair<T>, change: (one: T, side: Side) => U): Pair<U> {
  return pairOf((side) => change(pair[side], side));
}

/** The same done with both, the reference after the candidate is done: calls of engines are awaited one after the other. */
export async function inTurn<T, U>(pair: Pair<T>, ask: (one: T, side: Side) => Promise<U>): Promise<Pair<U>> {
  const candidate = await ask(pair.candidate, 'candidate');
  return { candidate, reference: await ask(pair.reference, 'reference') };
}

/** Whoever is compared with this one. */
export function opposite(side: Side): Side {
  return side === 'candidate' ? 'reference' : 'candidate';
}

/** Both sides the same: one engine measured against itself. */
export function both<T>(one: T): Pair<T> {
  return { candidate: one, reference: one };
}
