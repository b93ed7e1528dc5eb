// sin and cos with fixed bits, as in elementary.ts. V8's Math up to Node 24 has the same methods,
// but other bits in 1 %. Both are from fdlibm, under the notice there.
import { highWord } from './elementary.ts';

/** sin x for |x| up to 10⁵. */
export function sin(x: number): number {
  const [quarter, y, low] = quarterTurns(x);
  const size = quarter & 1 ? cosine(y, low) : sine(y, low);
  return quarter & 2 ? -size : size;
}

/** cos x for |x| up to 10⁵. */
export function cos(x: number): number {
  const [quarter, y, low] = quarterTurns(x);
  const size = quarter & 1 ? sine(y, low) : cosine(y, low);
  return (quarter + 1) & 2 ? -size : size;
}

/**
 * n and y with x = n π/2 + y, |y| <= π/4, and what rounding took from y. π/2 is subtracted in three
 * parts of 33 bits; the later ones only where digits cancel.
 */
function quarterTurns(x: number): readonly [n: number, y: number, low: number] {
  const size = Math.abs(x);
  if (!(size <= 1e5)) throw new RangeError(`sin, cos: expected at most 1e5 in size, got ${x}`);
  if (size <= Math.PI / 4) return [0, x, 0];
  const n = Math.round(size * 6.36619772367581382433e-1);
  const bits = highWord(size) >> 20;
  const lost = (y: number): number => bits - ((highWord(y) >> 20) & 0x7ff);
  let r = size - n * 1.57079632673412561417;
  let w = n * 6.07710050650619224932e-11;
  if (lost(r - w) > 16) {
    const before = r;
    r = before - n * 6.0771005063039659766e-11;
    w = n * 2.02226624879595063154e-21 - (before - r - n * 6.0771005063039659766e-11);
  }
  const y = r - w;
  const low = r - y - w;
  return x < 0 ? [-n, -y, -low] : [n, y, low];
}

/** sin(y + low) for |y| <= π/4: y - y³/6 + ... */
function sine(y: number, low: number): number {
  const z = y * y;
  const v = z * y;
  const r =
    8.33333333332248946124e-3 +
    z *
      (-1.98412698298579493134e-4 +
        z * (2.75573137070700676789e-6 + z * (-2.50507602534068634195e-8 + z * 1.58969099521155010221e-10)));
  return y - (z * (0.5 * low - v * r) - low - v * -1.66666666666666324348e-1);
}

/** cos(y + low) for |y| <= π/4: 1 - y²/2 + y⁴/24 - ... */
function cosine(y: number, low: number): number {
  const z = y * y;
  const r =
    z *
    (4.16666666666666019037e-2 +
      z *
        (-1.38888888888741095749e-3 +
          z *
            (2.48015872894767294178e-5 +
              z * (-2.75573143513906633035e-7 + z * (2.0875723212981748279e-9 + z * -1.13596475577881948265e-11)))));
  const half = 0.5 * z;
  const w = 1 - half;
  return w + (1 - w - half + (z * r - y * low));
}
