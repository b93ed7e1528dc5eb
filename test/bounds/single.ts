// Scalars in binary32 with a derivative: an engine that evaluates a formula operation by operation,
// with its derivative by dual numbers.
import { log1p } from '../../src/numeric/elementary.ts';
import { erfc } from '../../src/numeric/erf.ts';
import type { Scalar } from '../../src/numeric/scalar.ts';

const { fround } = Math;

export class Single implements Scalar<Single> {
  readonly data: number;
  readonly slope: number;

  constructor(data: number, slope: number) {
    [this.data, this.slope] = [fround(data), fround(slope)];
  }

  constant(x: number): Single {
    return new Single(x, 0);
  }

  plus(b: Single): Single {
    return new Single(this.data + b.data, this.slope + b.slope);
  }

  minus(b: Single): Single {
    return new Single(this.data - b.data, this.slope - b.slope);
  }

  times(b: Single): Single {
    return new Single(this.data * b.data, fround(this.slope * b.data) + fround(this.data * b.slope));
  }

  over(b: Single): Single {
    const q = fround(this.data / b.data);
    return new Single(q, fround(fround(this.slope / b.data) - fround(fround(q / b.data) * b.slope)));
  }

  pow(n: number): Single {
    return this.#by(this.data ** n, n * this.data ** (n - 1));
  }

  sqrt(): Single {
    const root = fround(Math.sqrt(this.data));
    return this.#by(root, 0.5 / root);
  }

  exp(): Single {
    const e = fround(Math.exp(this.data));
    return this.#by(e, e);
  }

  expm1(): Single {
    const e = fround(fround(Math.exp(this.data)) - 1);
    return this.#by(e, e + 1);
  }

  log(): Single {
    return this.#by(Math.log(this.data), 1 / this.data);
  }

  tanh(): Single {
    const t = fround(Math.tanh(this.data));
    return this.#by(t, 1 - fround(t * t));
  }

  sigmoid(): Single {
    const s = fround(1 / fround(1 + fround(Math.exp(-this.data))));
    return this.#by(s, s * fround(1 - s));
  }

  softplus(): Single {
    const value = Math.max(0, this.data) + fround(log1p(Math.exp(-Math.abs(this.data))));
    return this.#by(value, this.sigmoid().data);
  }

  erfc(): Single {
    const erf = fround(1 - erfc(this.data));
    const density = fround(Math.exp(-fround(this.data * this.data)));
    return this.#by(fround(1 - erf), -fround(density * fround(2 / Math.sqrt(Math.PI))));
  }

  relu(): Single {
    return this.data > 0 ? this : this.constant(0);
  }

  max(b: Single): Single {
    return this.data >= b.data ? this : b;
  }

  ifPositive(above: (a: Single) => Single, below: (a: Single) => Single): Single {
    return this.data > 0 ? above(this) : below(this);
  }

  #by(value: number, slope: number): Single {
    return new Single(value, fround(slope) * this.slope);
  }
}
