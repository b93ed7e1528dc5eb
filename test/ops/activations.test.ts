// Elementwise activations: values by definition, derivatives by central differences, and what holds at the kink.
import { describe, expect, it } from 'vitest';
import { ELEMENTWISE_ACTIVATIONS } from '../../src/network/spec.ts';
import type { ElementwiseActivationId } from '../../src/network/spec.ts';
import { ACTIVATION } from '../../src/ops/activations.ts';
import { centralDifference, gridMatrix, tolerance } from './central-difference.ts';

const f64 = (...values: number[]): Float64Array => Float64Array.from(values);

function forward(id: ElementwiseActivationId, z: Float64Array): Float64Array {
  const a = new Float64Array(z.length).fill(NaN);
  ACTIVATION[id].forward(a, z);
  return a;
}

function backward(id: ElementwiseActivationId, da: Float64Array, z: Float64Array): Float64Array {
  const dz = new Float64Array(z.length).fill(NaN);
  ACTIVATION[id].backward(dz, da, z, forward(id, z));
  return dz;
}

/** Largest |f'''|. sigmoid: s' (1 - 6s'), s' = s(1-s) <= 1/4, so at most 1/8. tanh: -2(1-a²)(1-3a²), so at most 2. */
const THIRD = { linear: 0, relu: 0, sigmoid: 1 / 8, tanh: 2 };

describe.each(ELEMENTWISE_ACTIVATIONS)('%s', (id) => {
  const z = gridMatrix(1, 1, 200, 2).data as Float64Array;
  const da = gridMatrix(2, 1, 200).data as Float64Array;
  // |a| is at most 8 (linear); exp, sum, quotient
  const allowed = tolerance({ third: THIRD[id], size: 8, operations: 4 });

  it('has the derivative that central differences find, times what comes from above', () => {
    const dz = backward(id, da, z);
    z.forEach((_, i) => {
      const slope = centralDifference(() => forward(id, z)[i], z, i);
      // da is at most 8 in size and scales the tolerance
      expect(Math.abs(dz[i] - da[i] * slope)).toBeLessThanOrEqual(Math.abs(da[i]) * allowed);
    });
  });

  it('fails that check if its derivative is off by a hundred-thousandth', () => {
    const dz = backward(id, da, z);
    const within = Array.from(z, (_, i) => {
      const slope = centralDifference(() => forward(id, z)[i], z, i);
      return Math.abs(dz[i] * (1 + 1e-5) - da[i] * slope) <= Math.abs(da[i]) * allowed;
    });
    expect(within).toContain(false);
  });
});

describe('by definition', () => {
  it('linear is z', () => {
    expect(forward('linear', f64(-2, 0, 3))).toEqual(f64(-2, 0, 3));
    expect(ACTIVATION.linear.kink).toBeNull();
  });

  it('relu is max(0, z), and +0 at -0', () => {
    expect(forward('relu', f64(-2, 0, -0, 3, -1e-300, 5e-324))).toEqual(f64(0, 0, 0, 3, 0, 5e-324));
  });

  it('the derivative of relu is 0 at its kink 0 and 1 just above', () => {
    expect(ACTIVATION.relu.kink).toBe(0);
    const z = f64(0, -0, 5e-324, -5e-324);
    expect(Array.from(backward('relu', f64(7, 7, 7, 7), z))).toEqual([0, 0, 7, 0]);
  });

  it('sigmoid is 1 / (1 + e^-z): 1/2 at 0, 3/4 at log 3, and it does not overflow', () => {
    const a = forward('sigmoid', f64(0, Math.log(3), -Math.log(3), 1000, -1000));
    expect(a[0]).toBe(0.5);
    // log 3 is rounded by 2^-53 of 1.1, which moves a by a quarter of that; e^-z, the sum and the quotient: 4 units
    expect(Math.abs(a[1] - 0.75)).toBeLessThan(4 * 2 ** -53);
    expect(Math.abs(a[2] - 0.25)).toBeLessThan(4 * 2 ** -53);
    expect([a[3], a[4]]).toEqual([1, 0]);
    expect(Array.from(backward('sigmoid', f64(1, 1), f64(1000, -1000)))).toEqual([0, 0]);
    expect(backward('sigmoid', f64(4), f64(0))[0]).toBe(1); // 4·1/2·1/2
    expect(ACTIVATION.sigmoid.kink).toBeNull();
  });

  it('tanh is (e^z - e^-z) / (e^z + e^-z): 3/5 at log 2, and it does not overflow', () => {
    const a = forward('tanh', f64(0, Math.log(2), -Math.log(2), 1000, -1000));
    // (2 - 1/2) / (2 + 1/2) = 3/5; rounding of log 2, and one unit for tanh
    expect(Math.abs(a[1] - 0.6)).toBeLessThan(4 * 2 ** -53);
    expect(Math.abs(a[2] + 0.6)).toBeLessThan(4 * 2 ** -53);
    expect([a[0], a[3], a[4]]).toEqual([0, 1, -1]);
    expect(Array.from(backward('tanh', f64(3, 3), f64(0, 1000)))).toEqual([3, 0]); // 1 - 0², 1 - 1²
    expect(ACTIVATION.tanh.kink).toBeNull();
  });
});
