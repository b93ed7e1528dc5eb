// A number that remembers how it was computed: every operation records its operands and its
// derivative with respect to each of them, and `backward` applies the chain rule through the whole
// graph. Slow, but a derivation that nobody can dispute.
import { exp, expm1, log, log1p, power, tanh } from '../../numeric/elementary.ts';
import { erfc } from '../../numeric/erf.ts';
import { operandsFirst } from '../../numeric/operands-first.ts';
import type { Scalar } from '../../numeric/scalar.ts';

/** A node of the graph: a value, its operands, and (after backward) d(result)/d(this). */
export class Value implements Scalar<Value> {
  readonly data: number;
  grad = 0;
  /** The operation that made it: "+", "tanh" ...; empty for an input. */
  readonly operation: string;
  readonly operands: readonly Value[];
  /** d(this)/d(operand), one for each operand. */
  readonly slopes: readonly number[];

  constructor(data: number, operation = '', operands: readonly Value[] = [], slopes: readonly number[] = []) {
    this.data = data;
    this.operation = operation;
    this.operands = operands;
    this.slopes = slopes;
  }

  /** A number without operands. */
  constant(x: number): Value {
    return new Value(x);
  }

  /** a + b: d/da = 1, d/db = 1 */
  plus(b: Value): Value {
    return new Value(this.data + b.data, '+', [this, b], [1, 1]);
  }

  /** a - b: d/da = 1, d/db = -1 */
  minus(b: Value): Value {
    return new Value(this.data - b.data, '-', [this, b], [1, -1]);
  }

  /** a · b: d/da = b, d/db = a */
  times(b: Value): Value {
    return new Value(this.data * b.data, '·', [this, b], [b.data, this.data]);
  }

  /** a / b: d/da = 1/b, d/db = -a/b² */
  over(b: Value): Value {
    return new Value(this.data / b.data, '/', [this, b], [1 / b.data, -this.data / (b.data * b.data)]);
  }

  /** a^n for an integer n: d/da = n·a^(n-1) */
  pow(n: number): Value {
    return new Value(power(this.data, n), `^${n}`, [this], [n * power(this.data, n - 1)]);
  }

  /** √a: d/da = 1/(2√a) */
  sqrt(): Value {
    const root = Math.sqrt(this.data);
    return new Value(root, 'sqrt', [this], [0.5 / root]);
  }

  /** e^a: d/da = e^a */
  exp(): Value {
    const e = exp(this.data);
    return new Value(e, 'exp', [this], [e]);
  }

  /** e^a - 1: d/da = e^a */
  expm1(): Value {
    return new Value(expm1(this.data), 'expm1', [this], [exp(this.data)]);
  }

  /** ln a: d/da = 1/a */
  log(): Value {
    return new Value(log(this.data), 'log', [this], [1 / this.data]);
  }

  /** max(0, a): d/da = 1 where a > 0, else 0 */
  relu(): Value {
    return new Value(Math.max(0, this.data), 'relu', [this], [this.data > 0 ? 1 : 0]);
  }

  /** max(a, b): d/da = 1 where a >= b, else d/db = 1 */
  max(b: Value): Value {
    const own = this.data >= b.data;
    return new Value(own ? this.data : b.data, 'max', [this, b], own ? [1, 0] : [0, 1]);
  }

  /** The branch for the sign of a, as a formula of a. */
  ifPositive(above: (a: Value) => Value, below: (a: Value) => Value): Value {
    return this.data > 0 ? above(this) : below(this);
  }

  /** tanh a: d/da = 1 - tanh² a */
  tanh(): Value {
    const t = tanh(this.data);
    return new Value(t, 'tanh', [this], [1 - t * t]);
  }

  /** s = 1 / (1 + e^-a): d/da = s (1 - s) */
  sigmoid(): Value {
    const s = 1 / (1 + exp(-this.data));
    return new Value(s, 'sigmoid', [this], [s * (1 - s)]);
  }

  /** ln(1 + e^a), computed as max(0, a) + ln(1 + e^-|a|): d/da = 1 / (1 + e^-a) */
  softplus(): Value {
    const { data } = this;
    return new Value(Math.max(0, data) + log1p(exp(-Math.abs(data))), 'softplus', [this], [1 / (1 + exp(-data))]);
  }

  /** erfc a = 1 - erf a: d/da = -2/√π e^(-a²) */
  erfc(): Value {
    return new Value(erfc(this.data), 'erfc', [this], [(-2 / Math.sqrt(Math.PI)) * exp(-this.data * this.data)]);
  }

  /** This value and everything it was computed from, once each, operands before results. */
  history(): Value[] {
    return operandsFirst<Value>([this], ({ operands }) => operands);
  }

  /** Sets `grad` of this value, and of everything it was computed from, to d(this)/d(that). */
  backward(): void {
    const order = this.history();
    for (const value of order) value.grad = 0;
    this.grad = 1;
    for (let i = order.length - 1; i >= 0; i--) {
      const { grad, operands, slopes } = order[i];
      // a value used in several places collects a term from each of them
      for (let k = 0; k < operands.length; k++) operands[k].grad += slopes[k] * grad;
    }
  }
}
