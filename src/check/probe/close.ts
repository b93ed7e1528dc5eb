// When two computations of the same vector are worth a closer look.
import { dot } from '../../numeric/norms.ts';

/**
 * What single precision may leave between two computations of the same vector, as a share of its
 * root mean square. It decides what is looked into; what is told must predict fresh answers.
 */
const APART = 2e-5;

/** @param floor what may be between two numbers however small they are */
export function areClose(found: Float64Array, wanted: Float64Array, floor = 0): boolean {
  const size = Math.sqrt(Math.max(dot(found, found), dot(wanted, wanted)) / found.length);
  return found.every((value, i) => Math.abs(value - wanted[i]) <= APART * (size + Math.abs(wanted[i])) + floor);
}
