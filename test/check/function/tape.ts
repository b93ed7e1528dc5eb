// Reverse-mode differentiation for the functions of these tests, every operation rounded to
// binary32 or not: right gradients of the same precision as their values. It shares nothing with
// src.

export type Rounding = (x: number) => number;

export const ROUNDINGS: Readonly<Record<'f32' | 'f64', Rounding>> = { f32: Math.fround, f64: (x) => x };

/** A number that knows what it was made of. */
export class V {
  grad = 0;
  readonly tape: Tape;
  readonly value: number;
  readonly from: readonly (readonly [V, number])[];
  constructor(tape: Tape, value: number, from: readonly (readonly [V, number])[] = []) {
    this.tape = tape;
    this.value = tape.round(value);
    this.from = from;
    tape.nodes.push(this);
  }
  private of(other: V | number): V {
    return other instanceof V ? other : new V(this.tape, other);
  }
  plus(other: V | number): V {
    const o = this.of(other);
    return new V(this.tape, this.value + o.value, [
      [this, 1],
      [o, 1],
    ]);
  }
  minus(other: V | number): V {
    const o = this.of(other);
    return new V(this.tape, this.value - o.value, [
      [this, 1],
      [o, -1],
    ]);
  }
  times(other: V | number): V {
    const o = this.of(other);
    return new V(this.tape, this.value * o.value, [
      [this, o.value],
      [o, this.value],
    ]);
  }
  over(other: V | number): V {
    const o = this.of(other);
    const q = this.tape.round(this.value / o.value);
    return new V(this.tape, q, [
      [this, 1 / o.value],
      [o, -q / o.value],
    ]);
  }
  private map(value: number, slope: number): V {
    return new V(this.tape, value, [[this, slope]]);
  }
  exp(): V {
    const y = this.tape.round(Math.exp(this.value));
    return this.map(y, y);
  }
  log(): V {
    return this.map(Math.log(this.value), 1 / this.value);
  }
  tanh(): V {
    const y = this.tape.round(Math.tanh(this.value));
    return this.map(y, 1 - y * y);
  }
  sigmoid(): V {
    const y = this.tape.round(1 / (1 + Math.exp(-this.value)));
    return this.map(y, y * (1 - y));
  }
  relu(): V {
    return this.map(Math.max(0, this.value), this.value > 0 ? 1 : 0);
  }
  abs(): V {
    return this.map(Math.abs(this.value), Math.sign(this.value));
  }
  sqrt(): V {
    const y = this.tape.round(Math.sqrt(this.value));
    return this.map(y, 0.5 / y);
  }
  sin(): V {
    return this.map(Math.sin(this.value), Math.cos(this.value));
  }
  cos(): V {
    return this.map(Math.cos(this.value), -Math.sin(this.value));
  }
  square(): V {
    return this.times(this);
  }
}

export class Tape {
  readonly nodes: V[] = [];
  readonly round: Rounding;
  constructor(round: Rounding) {
    this.round = round;
  }
  backward(root: V): void {
    root.grad = 1;
    for (const node of this.nodes.toReversed())
      for (const [parent, slope] of node.from)
        parent.grad = this.round(parent.grad + this.round(node.grad * this.round(slope)));
  }
}

/** Parameters of a test function: named tensors, as nested arrays. */
export type Nested = number | readonly Nested[];
export type Params = Readonly<Record<string, Nested>>;
export type NestedV = V | readonly NestedV[];

export function sum(terms: readonly V[]): V {
  return terms.reduce((a, b) => a.plus(b));
}
export function dot(a: readonly V[], b: readonly V[]): V {
  return sum(a.map((x, i) => x.times(b[i])));
}
export function maxOf(terms: readonly V[]): V {
  return terms.reduce((a, b) => (b.value > a.value ? b : a));
}
export function softmax(scores: readonly V[]): V[] {
  const largest = maxOf(scores).value;
  const e = scores.map((s) => s.minus(largest).exp());
  const total = sum(e);
  return e.map((x) => x.over(total));
}
export function logSumExp(scores: readonly V[]): V {
  const largest = maxOf(scores).value;
  return sum(scores.map((s) => s.minus(largest).exp()))
    .log()
    .plus(largest);
}

/** A function of named tensors as value and gradient, each computed in this precision. */
export function valueAndGradient(f: (p: Record<string, never>, tape: Tape) => V, round: Rounding) {
  return (params: Params): { value: number; gradient: Params } => {
    const tape = new Tape(round);
    const lift = (x: Nested): NestedV => (typeof x === 'number' ? new V(tape, x) : x.map(lift));
    const lifted = Object.fromEntries(Object.entries(params).map(([name, x]) => [name, lift(x)]));
    const root = f(lifted as unknown as Record<string, never>, tape);
    tape.backward(root);
    const read = (x: NestedV): Nested => (x instanceof V ? x.grad : x.map(read));
    const gradient = Object.fromEntries(Object.entries(lifted).map(([name, x]) => [name, read(x)]));
    return { value: root.value, gradient };
  };
}
