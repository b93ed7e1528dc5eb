// Norms by which gradients, or steps, are clipped.

/** Norms of the numbers of one step: of all of them, of those of weights, of one tensor ... */
export interface Norms {
  readonly all: number;
  readonly weights: number;
  readonly own: number;
  /** Of the squares of the norms of the tensors. */
  readonly squares: number;
}

/** The norms for each tensor, from the sums of the squares of each. */
export function normsOf(squares: readonly number[], tensors: readonly { readonly role: string }[]): Norms[] {
  const norm = (counts: (tensor: number) => boolean): number =>
    Math.sqrt(squares.reduce((sum, x, t) => (counts(t) ? sum + x : sum), 0));
  const [all, weights] = [norm(() => true), norm((t) => tensors[t].role !== 'bias')];
  const ofSquares = Math.sqrt(squares.reduce((sum, x) => sum + x * x, 0));
  return squares.map((own) => ({ all, weights, own: Math.sqrt(own), squares: ofSquares }));
}
