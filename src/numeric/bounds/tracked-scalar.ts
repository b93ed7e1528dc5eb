// Scalars that carry a bound on how far a binary32 engine may be from them. A formula written over
// `Scalar` gets its bound by one evaluation over these.
//
// Each value f comes with its derivative f' along one direction z (dual numbers), because the
// backward pass needs a bound too, and with f'', which says how far f' moves with z. An engine's
// error has two causes, kept apart: its own z is anywhere within ez of z (`moved`), and it rounds
// (`rounded`). `moved` is the smaller of two bounds: what the operation makes of its operands'
// errors, and ez times the largest slope in range (mean value theorem). The first ignores that
// operands move together; the second ignores that a slope levels off. At a kink whose branch is
// undecided, any slope between the one-sided ones is right: `kink` is half the distance between
// them, `shift` leads to the middle.
//
// All errors are worst cases. For the parts of tracked.ts (systematic, own, shared),
// bounds/row-errors.ts computes over these scalars three times with different weights for rounding.
import { lostNear0, u } from './arithmetic.ts';
import type { Scalar } from '../scalar.ts';
import { times } from './ranges.ts';
import type { Ranged } from './ranges.ts';
import * as range from './ranges.ts';
import { known } from './error-bound.ts';
import { EXACT, hull, ofProduct, offMiddle, offSlope, refined, size, slopeSize } from './tracked-parts.ts';
import type { Parts } from './tracked-parts.ts';

/** What all scalars of one computation share. */
export interface Setting {
  /**
   * The error of the single input; Infinity if there are several inputs, each with its own error.
   */
  readonly ez: number;
  /**
   * How many times its size a rounding counts, and how many times the error of an engine's own
   * function.
   */
  readonly rounding: number;
  readonly functions: number;
}

export class TrackedScalar implements Scalar<TrackedScalar> {
  readonly #setting: Setting;
  readonly #parts: Parts;

  private constructor(setting: Setting, parts: Parts) {
    this.#setting = setting;
    this.#parts = refined(parts, setting.ez);
  }

  /**
   * An input that an engine has within `error` of x.
   * @param slope 1 for the input that derivatives are taken along, 0 for others
   */
  static input(setting: Setting, x: number, error: number, slope: 0 | 1): TrackedScalar {
    return new TrackedScalar(setting, { ...EXACT, data: x, moved: error, slope });
  }

  get data(): number {
    return this.#parts.data;
  }

  /** Bound on the error of the value. */
  get error(): number {
    return known(this.#parts.moved + this.#parts.rounded);
  }

  /** The part of `error` that is rounding, not error of the inputs. */
  get rounded(): number {
    return known(this.#parts.rounded);
  }

  /**
   * The derivative, the bound on its error, and the distance from it to the point that this error
   * is counted from: 0 unless a kink is undecided.
   */
  get derivative(): readonly [slope: number, error: number, shift: number] {
    const { slope, shift, kink, slopeMoved, slopeRounded } = this.#parts;
    return [slope, known(kink + slopeMoved + slopeRounded), shift];
  }

  /** The largest size of the exact derivative over all inputs in range. */
  get steepest(): number {
    return known(slopeSize(this.#parts));
  }

  /** Whether the derivative says how far the value moves: nothing has made it jump. */
  get continuous(): boolean {
    return this.#parts.continuous;
  }

  /** Whether the derivative depends on an undecided branch. */
  get undecided(): boolean {
    return this.#parts.kink > 0;
  }

  constant(x: number): TrackedScalar {
    const rounded = Math.fround(x) === x ? 0 : this.#setting.rounding * u * Math.abs(x);
    return new TrackedScalar(this.#setting, { ...EXACT, data: x, rounded });
  }

  plus(b: TrackedScalar): TrackedScalar {
    return this.#sum(b, 1);
  }

  minus(b: TrackedScalar): TrackedScalar {
    return this.#sum(b, -1);
  }

  #sum(other: TrackedScalar, sign: 1 | -1): TrackedScalar {
    const [a, b, eps] = [this.#parts, other.#parts, this.#setting.rounding * u];
    const [data, slope, shift] = [a.data + sign * b.data, a.slope + sign * b.slope, a.shift + sign * b.shift];
    const [moved, kink, slopeMoved] = [a.moved + b.moved, a.kink + b.kink, a.slopeMoved + b.slopeMoved];
    const carried = [a.rounded + b.rounded, a.slopeRounded + b.slopeRounded];
    return new TrackedScalar(this.#setting, {
      data,
      moved,
      slope,
      shift,
      kink,
      slopeMoved,
      rounded: carried[0] + eps * (Math.abs(data) + moved + carried[0]),
      slopeRounded: carried[1] + eps * (Math.abs(slope + shift) + kink + slopeMoved + carried[1]),
      bend: a.bend + sign * b.bend,
      bendMoved: a.bendMoved + b.bendMoved,
      branched: a.branched || b.branched,
      continuous: a.continuous && b.continuous,
    });
  }

  /** (ab)' = a'b + ab', (ab)'' = a''b + 2a'b' + ab'' */
  times(other: TrackedScalar): TrackedScalar {
    const [a, b, eps] = [this.#parts, other.#parts, this.#setting.rounding * u];
    const [aMiddle, bMiddle] = [a.slope + a.shift, b.slope + b.shift];
    const [aOff, bOff] = [offMiddle(a), offMiddle(b)];
    const kink = times(a.kink, Math.abs(b.data)) + times(b.kink, Math.abs(a.data));
    const spread = ofProduct(aMiddle, aOff, b.data, b.moved) + ofProduct(a.data, a.moved, bMiddle, bOff);
    const [slope, rounded] = [a.slope * b.data + a.data * b.slope, ofProduct(size(a), a.rounded, size(b), b.rounded)];
    const [first, second] = [times(slopeSize(a), size(b)), times(size(a), slopeSize(b))];
    const carried =
      ofProduct(slopeSize(a), a.slopeRounded, size(b), b.rounded) +
      ofProduct(size(a), a.rounded, slopeSize(b), b.slopeRounded);
    const data = a.data * b.data;
    return new TrackedScalar(this.#setting, {
      data,
      slope,
      kink,
      shift: aMiddle * b.data + a.data * bMiddle - slope,
      moved: ofProduct(a.data, a.moved, b.data, b.moved),
      rounded: rounded + eps * (times(size(a), size(b)) + rounded) + lostNear0,
      slopeMoved: Math.max(0, spread - kink), // spread contains kink, which counts once
      slopeRounded: carried + 3 * eps * (first + second + carried) + 2 * lostNear0,
      bend: a.bend * b.data + 2 * a.slope * b.slope + a.data * b.bend,
      bendMoved:
        ofProduct(a.bend, a.bendMoved, b.data, b.moved) +
        2 * ofProduct(a.slope, offSlope(a), b.slope, offSlope(b)) +
        ofProduct(a.data, a.moved, b.bend, b.bendMoved),
      branched: a.branched || b.branched,
      continuous: a.continuous && b.continuous,
    });
  }

  over(b: TrackedScalar): TrackedScalar {
    return this.times(b.#through(range.reciprocalRange));
  }

  pow(n: number): TrackedScalar {
    return this.#through(range.powerRange(n));
  }

  sqrt(): TrackedScalar {
    return this.#through(range.sqrtRange);
  }

  exp(): TrackedScalar {
    return this.#through(range.expRange);
  }

  expm1(): TrackedScalar {
    return this.#through(range.expm1Range);
  }

  log(): TrackedScalar {
    return this.#through(range.logRange);
  }

  tanh(): TrackedScalar {
    return this.#through(range.tanhRange);
  }

  sigmoid(): TrackedScalar {
    return this.#through(range.sigmoidRange);
  }

  softplus(): TrackedScalar {
    return this.#through(range.softplusRange);
  }

  erfc(): TrackedScalar {
    return this.#through(range.erfcRange);
  }

  /** y = g(x): y' = g'x', y'' = g''x'² + g'x'' */
  #through(g: Ranged): TrackedScalar {
    const [x, { rounding, functions }] = [this.#parts, this.#setting];
    const { value, slope: g1, bend: g2, most, error, slopeError } = g(x.data, x.moved + x.rounded);
    const [G1, G2, G3] = most;
    const along = Math.abs(x.slope) + offSlope(x);
    const bent = Math.abs(x.bend) + x.bendMoved;
    const gRounded = functions * slopeError + times(G2, x.rounded); // error of g' as an engine computes it
    const carried = times(gRounded, slopeSize(x)) + times(G1 + gRounded, x.slopeRounded);
    return new TrackedScalar(this.#setting, {
      data: value,
      moved: times(G1, x.moved),
      rounded: times(G1, x.rounded) + functions * error,
      slope: g1 * x.slope,
      shift: g1 * x.shift,
      kink: times(Math.abs(g1), x.kink),
      slopeMoved: times(times(G2, x.moved), slopeSize(x)) + times(Math.abs(g1), x.slopeMoved),
      slopeRounded: carried + 2 * rounding * u * (times(G1, slopeSize(x)) + carried) + lostNear0,
      bend: times(g2, x.slope * x.slope) + times(g1, x.bend),
      bendMoved:
        times(Math.abs(g2), (2 * Math.abs(x.slope) + offSlope(x)) * offSlope(x)) +
        times(times(G3, x.moved), along * along) +
        times(Math.abs(g1), x.bendMoved) +
        times(times(G2, x.moved), bent),
      branched: x.branched,
      continuous: x.continuous,
    });
  }

  relu(): TrackedScalar {
    return this.ifPositive(
      (a) => a,
      (a) => a.constant(0),
    );
  }

  max(b: TrackedScalar): TrackedScalar {
    const gap = this.#parts.data - b.#parts.data;
    const [chosen, other] = gap >= 0 ? [this, b] : [b, this];
    return this.#either(
      chosen,
      () => other,
      gap,
      this.#parts.moved + b.#parts.moved,
      this.#parts.rounded + b.#parts.rounded,
    );
  }

  ifPositive(above: (a: TrackedScalar) => TrackedScalar, below: (a: TrackedScalar) => TrackedScalar): TrackedScalar {
    const { data, moved, rounded } = this.#parts;
    const [first, second] = data > 0 ? [above, below] : [below, above];
    return this.#either(first(this), () => second(this), data, moved, rounded);
  }

  /**
   * The branch that was chosen. If the number that decided it may also have the other sign, or is
   * 0, both branches.
   */
  #either(
    chosen: TrackedScalar,
    other: () => TrackedScalar,
    by: number,
    moved: number,
    rounded: number,
  ): TrackedScalar {
    if (Math.abs(by) > moved + rounded) return chosen;
    return new TrackedScalar(this.#setting, hull(chosen.#parts, other().#parts, rounded > 0));
  }
}
