// The function along a line through its parameters, φ(t) = f(x + t d), with every evaluation
// counted.
import type { Tree } from './tree.ts';

/** A function that is asked for its value, and how often it was. */
export interface Counted {
  /** f at these flat parameters. Throws what f throws. */
  readonly valueAt: (values: Float64Array) => Promise<number>;
  evaluations: number;
}

/** φ, and what is known of it. */
export interface Line {
  readonly phi: (t: number) => Promise<number>;
  /** φ(0) */
  readonly value: number;
}

/** f as a function of flat parameters; each call gets a tree of its own. */
export function counted(f: (tree: unknown) => unknown, tree: Tree): Counted {
  const self: Counted = {
    evaluations: 0,
    async valueAt(values) {
      self.evaluations++;
      return (await f(tree.build(values))) as number;
    },
  };
  return self;
}

/** φ(t) = f(x + t d). Where f throws, it is taken for not defined there. */
export function lineThrough(f: Pick<Counted, 'valueAt'>, x: Float64Array, value: number, d: Float64Array): Line {
  const moved = new Float64Array(x.length);
  return {
    value,
    async phi(t) {
      for (let i = 0; i < x.length; i++) moved[i] = x[i] + t * d[i];
      try {
        return await f.valueAt(moved);
      } catch {
        return NaN;
      }
    },
  };
}
