// Elementwise activations: values by definition, derivatives by central differences, and behaviour
// at the kink.
import { describe, expect, it } from 'vitest';
import type { ActivationPage } from '../../src/ops/activations/page.ts';
import { ACTIVATION, ELEMENTWISE_ACTIVATIONS, activationOf } from '../../src/ops/registry.ts';
import type { ElementwiseActivationId, PlainActivationId } from '../../src/ops/registry.ts';
import { centralDifference, gridMatrix, tolerance } from './central-difference.ts';

const f64 = (...values: number[]): Float64Array => Float64Array.from(values);

const pageOf = (id: string): ActivationPage => activationOf(id) as ActivationPage;

function forward(id: ElementwiseActivationId, z: Float64Array): Float64Array {
  const a = new Float64Array(z.length).fill(NaN);
  pageOf(id).forward(a, z);
  return a;
}

function backward(id: ElementwiseActivationId, da: Float64Array, z: Float64Array): Float64Array {
  const dz = new Float64Array(z.length).fill(NaN);
  pageOf(id).backward(dz, da, z, forward(id, z));
  return dz;
}

/**
 * The known values have 40 digits (mpmath 1.3). The error of erfc is up to 4e-15, that of e^x for a
 * large power its size times 2^-53.
 */
function expectClose(found: Float64Array, expected: readonly number[]): void {
  expected.forEach((value, i) => expect(Math.abs(found[i] - value)).toBeLessThanOrEqual(1e-14 * Math.abs(value)));
}

/**
 * The largest |f'''|. sigmoid: s' (1 - 6s'), s' = s(1-s) <= 1/4, so at most 1/8. tanh:
 * -2(1-a²)(1-3a²), so at most 2. elu and selu: e^z and λα e^z below 0. softplus: s'' = s'
 * (1 - 2s) <= 1/8. swish: 3s'' + z s''', and gelu: φ (z³ - 4z), both evaluated on a grid.
 */
const THIRD: Record<PlainActivationId, number> & Partial<Record<ElementwiseActivationId, number>> = {
  linear: 0,
  relu: 0,
  'leaky-relu': 0,
  'leaky-relu:0.01': 0,
  elu: 1,
  'elu:0.5': 0.5,
  'elu:2': 2,
  selu: 1.7581,
  softplus: 1 / 8,
  sigmoid: 1 / 8,
  tanh: 2,
  swish: 0.3083,
  gelu: 0.779,
};

const WITH_NUMBERS = ['leaky-relu:0.01', 'elu:0.5', 'elu:2'] as const;

describe.each([...ELEMENTWISE_ACTIVATIONS, ...WITH_NUMBERS])('%s', (id) => {
  const z = gridMatrix(1, 1, 200, 2).data as Float64Array;
  const da = gridMatrix(2, 1, 200).data as Float64Array;
  // |a| is at most 8 (linear) or 8.41 (selu); exp, sum, quotient, and for gelu 4e-15 of erfc
  const allowed = tolerance({ third: THIRD[id] ?? NaN, size: 9, operations: id === 'gelu' ? 20 : 4 });

  it('has the derivative that central differences find, times da', () => {
    const dz = backward(id, da, z);
    z.forEach((_, i) => {
      const slope = centralDifference(() => forward(id, z)[i], z, i);
      // da scales the tolerance
      expect(Math.abs(dz[i] - da[i] * slope)).toBeLessThanOrEqual(Math.abs(da[i]) * allowed);
    });
  });

  it('fails that check if its derivative is wrong by a hundred-thousandth', () => {
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
    // log 3 is rounded by 2^-53 of 1.1, which moves a by a quarter of that; e^-z, the sum and the
    // quotient: 4 units
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

  it('leaky-relu is z, or 0.2 z below 0; its derivative is 0.2 at its kink 0', () => {
    expect(forward('leaky-relu', f64(-2, 0, -0, 3, -1e4))).toEqual(f64(-0.4, 0, -0, 3, -2000));
    expect(ACTIVATION['leaky-relu'].kink).toBe(0);
    expect(Array.from(backward('leaky-relu', f64(5, 5, 5, 5), f64(0, -0, 5e-324, -1)))).toEqual([1, 1, 5, 1]);
  });

  it('leaky-relu:0.01 has the slope 0.01, with 0.01 at its kink; leaky-relu:0 is relu', () => {
    expect(forward('leaky-relu:0.01', f64(-2, 0, 3))).toEqual(f64(-0.02, 0, 3));
    expect(Array.from(backward('leaky-relu:0.01', f64(5, 5, 5), f64(0, 5e-324, -1)))).toEqual([0.05, 5, 0.05]);
    expect(Array.from(backward('leaky-relu:0', f64(5, 5, 5), f64(0, 1, -1)))).toEqual([0, 5, 0]);
  });

  it('elu:0.5 is z, or (e^z - 1) / 2 below 0; its derivative jumps from 1/2, its value at 0, to 1', () => {
    expectClose(forward('elu:0.5', f64(2, 0, -1, -1e-20)), [2, 0, -0.31606027941427883, -5e-21]);
    expectClose(backward('elu:0.5', f64(4, 4, 4), f64(0, 5e-324, -50)), [2, 4, 2 * Math.exp(-50)]);
    expect(pageOf('elu:0.5').kink).toBe(0);
    expect(pageOf('elu:1')).toMatchObject({ id: 'elu:1', kink: null });
  });

  it('elu is z, or e^z - 1 below 0, with all digits near 0 and far below; its derivative does not jump', () => {
    expect(forward('elu', f64(2, 0, -0, -1e-20, -1e4))).toEqual(f64(2, 0, -0, -1e-20, -1));
    expectClose(forward('elu', f64(-1, -0.001)), [-0.6321205588285577, -0.0009995001666250085]);
    expect(Array.from(backward('elu', f64(3, 3, 3), f64(0, 5, -1e4)))).toEqual([3, 3, 0]);
    expectClose(backward('elu', f64(1, 1), f64(-50, -1e-20)), [Math.exp(-50), 1]); // a + 1 would be 0 at -50
    expect(ACTIVATION.elu.kink).toBeNull();
  });

  it('selu is λ z, or λα (e^z - 1) below 0; its derivative jumps from λα, its value at 0, to λ', () => {
    expectClose(forward('selu', f64(2, -1, -1e4)), [2.101401974710961, -1.1113307378125628, -1.758099340847377]);
    expect(ACTIVATION.selu.kink).toBe(0);
    const slopes = backward('selu', f64(1, 1, 1, 1), f64(0, -0, 5e-324, -1e4));
    expect(Array.from(slopes)).toEqual([1.758099340847377, 1.758099340847377, 1.0507009873554805, 0]);
  });

  it('selu keeps mean 0 and variance 1 of normal scores, the purpose of its two constants', () => {
    const [n, h] = [20_000, 1e-3];
    const z = Float64Array.from({ length: n }, (_, i) => (i - n / 2 + 0.5) * h); // the density beyond 10 is below 1e-22
    const a = forward('selu', z);
    let [mean, square] = [0, 0];
    z.forEach((x, i) => {
      const weight = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * h;
      mean += weight * a[i];
      square += weight * a[i] * a[i];
    });
    expect(Math.abs(mean)).toBeLessThan(1e-6); // midpoint rule: h²/24 times a jump of f' of 0.7
    expect(Math.abs(square - 1)).toBeLessThan(1e-6);
  });

  it('softplus is log(1 + e^z), with all digits of a small e^z, and it does not overflow', () => {
    const a = forward('softplus', f64(0, 2, -1, -30, 40, 1e4, -1e4));
    const expected = [Math.LN2, 2.1269280110429727, 0.3132616875182228, 9.357622968839737e-14, 40, 1e4, 0];
    expectClose(a, expected);
    expectClose(backward('softplus', f64(4, 1, 1), f64(0, 1e4, -1e4)), [2, 1, 0]);
    expect(ACTIVATION.softplus.kink).toBeNull();
  });

  it('swish is z sigmoid(z)', () => {
    expectClose(
      forward('swish', f64(0.5, -1, -30, 40, 1e4)),
      [0.3112296656009273, -0.2689414213699951, -2.8072868906517896e-12, 40, 1e4],
    );
    expectClose(
      backward('swish', f64(1, 1, 1, 1, 1), f64(0, 0.5, -1, -30, 1e4)),
      [0.5, 0.7399611873026518, 0.07232948812851327, -2.713710660963134e-12, 1],
    );
    expect(forward('swish', f64(-1e4))[0]).toBeCloseTo(0, 300);
    expect(backward('swish', f64(1), f64(-1e4))[0]).toBeCloseTo(0, 300);
    expect(ACTIVATION.swish.kink).toBeNull();
  });

  it('gelu is z Φ(z), the exact one: at -3 the tanh approximation is -0.0036', () => {
    expectClose(
      forward('gelu', f64(0.5, 2, -1, -3, -8, 40, 1e4)),
      [
        0.34573123063700656, 1.9544997361036416, -0.15865525393145705, -0.0040496940948902835, -4.976768459417427e-15,
        40, 1e4,
      ],
    );
    expectClose(
      backward('gelu', f64(1, 1, 1, 1, 1, 1), f64(0, 0.5, -1, -3, -8, 1e4)),
      [0.5, 0.8674951246561629, -0.0833154705876863, -0.011945647204183927, -3.979607261086796e-14, 1],
    );
    expect(forward('gelu', f64(-1e4))[0]).toBeCloseTo(0, 300);
    expect(backward('gelu', f64(1), f64(-1e4))[0]).toBeCloseTo(0, 300);
    expect(ACTIVATION.gelu.kink).toBeNull();
  });

  it.each([...ELEMENTWISE_ACTIVATIONS, ...WITH_NUMBERS])('%s has no NaN however large the score', (id) => {
    const z = f64(100, -100, 1e4, -1e4, 1e30, -1e30);
    for (const zs of [z, Float32Array.from(z)]) {
      const [a, dz] = [zs.slice(), zs.slice()];
      pageOf(id).forward(a, zs);
      pageOf(id).backward(
        dz,
        zs.map(() => 0.5),
        zs,
        a,
      );
      for (const value of [...a, ...dz]) expect(value).toSatisfy(Number.isFinite);
    }
  });
});
