// The chain rule over any scalar arithmetic: each number remembers its operands. If the arithmetic
// carries bounds, so do the derivatives.
import { operandsFirst } from './operands-first.ts';
import type { Scalar } from './scalar.ts';

/** A number of the arithmetic S, its operands, and its derivative with respect to each of them. */
export class Taped<S extends Scalar<S>> implements Scalar<Taped<S>> {
  readonly value: S;
  readonly #operands: readonly Taped<S>[];
  readonly #slopes: readonly S[];

  constructor(value: S, operands: readonly Taped<S>[] = [], slopes: readonly S[] = []) {
    this.value = value;
    this.#operands = operands;
    this.#slopes = slopes;
  }

  get data(): number {
    return this.value.data;
  }

  constant(x: number): Taped<S> {
    return new Taped(this.value.constant(x));
  }

  plus(b: Taped<S>): Taped<S> {
    const one = this.value.constant(1);
    return new Taped(this.value.plus(b.value), [this, b], [one, one]);
  }

  minus(b: Taped<S>): Taped<S> {
    return new Taped(this.value.minus(b.value), [this, b], [this.value.constant(1), this.value.constant(-1)]);
  }

  times(b: Taped<S>): Taped<S> {
    return new Taped(this.value.times(b.value), [this, b], [b.value, this.value]);
  }

  /** d/da = 1/b, d/db = -(a/b)/b */
  over(b: Taped<S>): Taped<S> {
    const q = this.value.over(b.value);
    const minusOne = this.value.constant(-1);
    return new Taped(q, [this, b], [this.value.constant(1).over(b.value), q.over(b.value).times(minusOne)]);
  }

  /** d/da = n·a^(n-1) */
  pow(n: number): Taped<S> {
    return this.#through(this.value.pow(n), this.value.pow(n - 1).times(this.value.constant(n)));
  }

  /** d/da = 1/(2√a) */
  sqrt(): Taped<S> {
    const root = this.value.sqrt();
    return this.#through(root, this.value.constant(0.5).over(root));
  }

  exp(): Taped<S> {
    const e = this.value.exp();
    return this.#through(e, e);
  }

  expm1(): Taped<S> {
    return this.#through(this.value.expm1(), this.value.exp());
  }

  log(): Taped<S> {
    return this.#through(this.value.log(), this.value.constant(1).over(this.value));
  }

  /** d/da = 1 - t² */
  tanh(): Taped<S> {
    const t = this.value.tanh();
    return this.#through(t, this.value.constant(1).minus(t.times(t)));
  }

  /** d/da = s (1 - s) */
  sigmoid(): Taped<S> {
    const s = this.value.sigmoid();
    return this.#through(s, s.times(this.value.constant(1).minus(s)));
  }

  softplus(): Taped<S> {
    return this.#through(this.value.softplus(), this.value.sigmoid());
  }

  /** d/da = -2/√π e^(-a²) */
  erfc(): Taped<S> {
    const square = this.value.times(this.value).times(this.value.constant(-1));
    return this.#through(this.value.erfc(), square.exp().times(this.value.constant(-2 / Math.sqrt(Math.PI))));
  }

  relu(): Taped<S> {
    return this.#through(this.value.relu(), isPositive(this.value));
  }

  max(b: Taped<S>): Taped<S> {
    const behind = b.value.minus(this.value);
    const second = isPositive(behind);
    return new Taped(this.value.max(b.value), [this, b], [this.value.constant(1).minus(second), second]);
  }

  /**
   * Each branch that the arithmetic takes (both, if undecided) contributes with a factor: 1 or 0,
   * or anything between.
   */
  ifPositive(above: (a: Taped<S>) => Taped<S>, below: (a: Taped<S>) => Taped<S>): Taped<S> {
    const taken: { above?: Taped<S>; below?: Taped<S> } = {};
    const value = this.value.ifPositive(
      () => (taken.above = above(this)).value,
      () => (taken.below = below(this)).value,
    );
    if (taken.above === undefined || taken.below === undefined) {
      const only = taken.above ?? taken.below;
      return only === undefined ? new Taped(value) : new Taped(value, [only], [this.value.constant(1)]);
    }
    const share = isPositive(this.value);
    const operands = [taken.above, taken.below];
    return new Taped(value, operands, [share, this.value.constant(1).minus(share)]);
  }

  /** d(this)/d(that), for each of `of`. */
  gradients(of: readonly Taped<S>[]): S[] {
    return gradients([this], [this.value.constant(1)], of);
  }

  #through(value: S, slope: S): Taped<S> {
    return new Taped(value, [this], [slope]);
  }

  /** Results before their operands. */
  static order<S extends Scalar<S>>(results: readonly Taped<S>[]): Taped<S>[] {
    return operandsFirst(results, (node) => node.#operands).reverse();
  }

  /** Adds the contribution of `given` to each operand. */
  pass(given: S, add: (to: Taped<S>, what: S) => void): void {
    this.#operands.forEach((operand, k) => {
      add(operand, this.#slopes[k].times(given));
    });
  }
}

/** Σ_r start_r · d(result_r)/d(that), for each of `of`. */
export function gradients<S extends Scalar<S>>(
  results: readonly Taped<S>[],
  starts: readonly S[],
  of: readonly Taped<S>[],
): S[] {
  const sums = new Map<Taped<S>, S>();
  const add = (to: Taped<S>, what: S): void => void sums.set(to, sums.get(to)?.plus(what) ?? what);
  results.forEach((result, r) => {
    add(result, starts[r]);
  });
  for (const node of Taped.order(results)) {
    const given = sums.get(node);
    if (given !== undefined) node.pass(given, add);
  }
  return of.map((node) => sums.get(node) ?? node.value.constant(0));
}

/** 1 if a is above 0, otherwise 0; anything between if that is undecided. */
function isPositive<S extends Scalar<S>>(a: S): S {
  return a.ifPositive(
    (b) => b.constant(1),
    (b) => b.constant(0),
  );
}
