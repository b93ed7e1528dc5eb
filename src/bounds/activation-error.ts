// What is known about every elementwise activation: how far binary32 can move a = f(z) and dz = da·f'(z), given how far its inputs
// may already be off. All arithmetic here is binary64.
//
// Names: e + the name of a value is the bound on that value's error (ez, ea, eda, edz); u = 2⁻²⁴.

/** One score with all that is known about it. */
export interface Score {
  readonly z: number;
  readonly ez: number;
  readonly a: number;
  readonly ea: number;
}

export interface ActivationError {
  /** Bound on the error of a. */
  forward(z: number, ez: number, a: number): number;
  /** f'(z), and the bound on its error. Where the branch is undecided any value between the one-sided derivatives is right: `shift` leads from f'(z) to the middle
   * of them, and the error is counted from there. */
  slope(s: Score): readonly [slope: number, error: number, shift?: number];
  /**
   * Share of what forward(z, 0, a) allows that is of one sign all along, not different from score to score: the largest mean error over intervals of 1/1000 to 1/2,
   * of the node, wasm and cpu backends (300,000 points on [-20, 20], [-1, 1] and [-0.05, 0.05] each). Errors of one sign add up.
   */
  readonly bias: number;
  /** Engines form da·z on the way back, which may be out of range where dz is not. */
  readonly multiplies?: boolean;
  /** True where f' jumps at 0, and z is 0 or its sign, and with it the branch taken, is not decided in binary32. */
  undecided(z: number, ez: number): boolean;
}

export const never = (): boolean => false;
