// What a tracked scalar carries (tracked-scalar.ts explains why), and what follows from it.
import { times } from './ranges.ts';

/** Everything known about a value f. Errors are sizes, at least 0. */
export interface Parts {
  readonly data: number;
  /** How far f moves with z. */
  readonly moved: number;
  readonly rounded: number;
  /**
   * f' on the branch that was chosen; the distance from it to the middle of all right slopes; and
   * half of their width.
   */
  readonly slope: number;
  readonly shift: number;
  readonly kink: number;
  readonly slopeMoved: number;
  readonly slopeRounded: number;
  /** f'' */
  readonly bend: number;
  readonly bendMoved: number;
  /**
   * Whether a branch is undecided. f' may then jump within ez, so f'' does not say how far
   * it moves.
   */
  readonly branched: boolean;
  /** Whether f has no jumps. If it has, ez does not say how far f moves. */
  readonly continuous: boolean;
}

/** A constant without error. */
export const EXACT: Omit<Parts, 'data'> = {
  moved: 0,
  rounded: 0,
  slope: 0,
  shift: 0,
  kink: 0,
  slopeMoved: 0,
  slopeRounded: 0,
  bend: 0,
  bendMoved: 0,
  branched: false,
  continuous: true,
};

/**
 * Everything that either of two branches allows, relative to the first.
 * @param flips whether rounding alone may choose the wrong branch
 */
export function hull(a: Parts, b: Parts, flips: boolean): Parts {
  const gap = Math.abs(a.data - b.data);
  const [aMiddle, bMiddle] = [a.slope + a.shift, b.slope + b.shift];
  const apart = Math.abs(aMiddle - bMiddle);
  const jumps = apart > offMiddle(a) + offMiddle(b) + a.slopeRounded + b.slopeRounded;
  const [low, high] = [Math.min(aMiddle - a.kink, bMiddle - b.kink), Math.max(aMiddle + a.kink, bMiddle + b.kink)];
  const slopes = jumps
    ? { shift: (low + high) / 2 - a.slope, kink: (high - low) / 2, slopeMoved: Math.max(a.slopeMoved, b.slopeMoved) }
    : { shift: a.shift, kink: a.kink, slopeMoved: Math.max(a.slopeMoved, apart + b.kink + b.slopeMoved) };
  return {
    data: a.data,
    slope: a.slope,
    bend: a.bend,
    ...slopes,
    moved: Math.max(a.moved, gap + b.moved),
    rounded: Math.max(a.rounded, b.rounded) + (flips ? gap + a.moved + b.moved : 0),
    slopeRounded: Math.max(a.slopeRounded, b.slopeRounded),
    bendMoved: Math.max(a.bendMoved, Math.abs(a.bend - b.bend) + b.bendMoved),
    branched: true,
    continuous: a.continuous && b.continuous && gap <= a.moved + b.moved + a.rounded + b.rounded,
  };
}

/** If only z moves, nothing moves by more than ez times the largest slope on the way. */
export function refined(parts: Parts, ez: number): Parts {
  if (ez === Infinity) return parts;
  const { moved, slope, shift, kink, bend, bendMoved, branched, continuous } = parts;
  const most = branched ? Infinity : times(Math.abs(bend) + bendMoved, ez);
  const slopeMoved = least(parts.slopeMoved, most);
  const steepest = Math.abs(slope + shift) + kink + slopeMoved;
  return { ...parts, slopeMoved, moved: continuous ? least(moved, times(steepest, ez)) : moved };
}

/** The smaller of two bounds. NaN means that a bound says nothing. */
function least(a: number, b: number): number {
  return a <= Infinity && !(b < a) ? a : b;
}

/** How far an exact f' may be from the middle of the right slopes; `offSlope`: from f'(z). */
export function offMiddle({ kink, slopeMoved }: Parts): number {
  return kink + slopeMoved;
}

export function offSlope(parts: Parts): number {
  return Math.abs(parts.shift) + offMiddle(parts);
}

/**
 * The largest |f| that an engine may have, apart from its rounding; `slopeSize`: the largest |f'|.
 */
export function size({ data, moved }: Parts): number {
  return Math.abs(data) + moved;
}

export function slopeSize(parts: Parts): number {
  return Math.abs(parts.slope + parts.shift) + offMiddle(parts);
}

/** How far a product moves when its factors do. */
export function ofProduct(a: number, ea: number, b: number, eb: number): number {
  return times(Math.abs(a), eb) + times(Math.abs(b), ea) + times(ea, eb);
}
