// A picture becomes a digit like MNIST's: centred by mass, 20 pixels long, the same wherever and
// however it was drawn.
import { describe, expect, it } from 'vitest';
import { digitOf, fitted } from '../../../src/data/picture/digit.ts';
import { boxOf, inkOf } from '../../../src/data/picture/ink.ts';
import { otsuThreshold } from '../../../src/data/picture/otsu.ts';
import { paperOf } from '../../../src/data/picture/paper.ts';
import { shadesOf } from '../../../src/data/picture/shades.ts';
import { enlarged, inverted, meanDifference, original, photographed, rgbaOf } from './pictures.ts';
import type { Canvas } from './pictures.ts';

const SOME = Array.from({ length: 20 }, (_, i) => i);
const pixelsOf = (canvas: Canvas): Uint8Array => digitOf(rgbaOf(canvas)).pixels;

function centreOf(pixels: Uint8Array): [row: number, col: number] {
  let [mass, row, col] = [0, 0, 0];
  pixels.forEach((v, i) => {
    [mass, row, col] = [mass + v, row + v * Math.floor(i / 28), col + v * (i % 28)];
  });
  return [row / mass, col / mass];
}

/**
 * Nothing but black (0) and white, from lines of text in which # is ink, each character k x
 * k pixels.
 */
function sketch(lines: readonly string[], k = 1): Canvas {
  const [rows, cols] = [lines.length * k, lines[0].length * k];
  const values = new Float64Array(rows * cols);
  values.forEach((_, i) => {
    values[i] = lines[Math.floor(i / cols / k)][Math.floor((i % cols) / k)] === '#' ? 0 : 255;
  });
  return { rows, cols, values };
}

describe('a digit of MNIST', () => {
  it('comes back nearly as it was, at whatever whole scale', () => {
    for (const k of [1, 3, 10]) {
      const differences = SOME.map((i) => meanDifference(pixelsOf(enlarged(original(i), k)), original(i)));
      expect(Math.max(...differences)).toBeLessThan(5); // of 255; what is lost are the faintest pixels
    }
  });

  it('is the same to the last bit wherever it stands, and in the negative', () => {
    for (const i of SOME) {
      const start = pixelsOf(enlarged(original(i), 5, { top: 9, left: 9, bottom: 100, right: 100 }));
      const moved = enlarged(original(i), 5, { top: 100, left: 37, bottom: 9, right: 72 });
      expect(pixelsOf(moved)).toEqual(start);
      expect(pixelsOf(inverted(moved))).toEqual(start);
    }
  });

  it('says which shade the ink has', () => {
    const canvas = enlarged(original(0), 4, { top: 5 });
    expect(digitOf(rgbaOf(canvas)).shade).toBe('dark');
    expect(digitOf(rgbaOf(inverted(canvas))).shade).toBe('light');
  });

  it('hardly depends on the scale', () => {
    for (const i of SOME) {
      const one = pixelsOf(enlarged(original(i), 6));
      for (const k of [5, 7, 11]) expect(meanDifference(pixelsOf(enlarged(original(i), k)), one)).toBeLessThan(1);
    }
  });

  it('has its centre of mass at (14, 14) to half a pixel, and at most 20 x 20 pixels of ink, 20 one way', () => {
    for (const i of SOME) {
      const pixels = pixelsOf(photographed(enlarged(original(i), 9, { top: 60, right: 200 }), 240, 150, 4));
      // 0.01 for the rounding to bytes
      for (const at of centreOf(pixels)) expect(Math.abs(at - 14)).toBeLessThanOrEqual(0.51);
      const { top, bottom, left, right } = boxOf(pixels, 28, 28);
      expect(Math.max(bottom - top, right - left)).toBe(20);
    }
  });

  it('is found under light that falls to half across the paper, in noise', () => {
    const differences = SOME.map((i) => {
      const canvas = enlarged(original(i), 10, { top: 40, bottom: 40, left: 40, right: 40 });
      return meanDifference(pixelsOf(photographed(canvas, 240, 120, 6)), original(i));
    });
    expect(differences.reduce((sum, d) => sum + d, 0) / SOME.length).toBeLessThan(6);
  });
});

describe('the parts of a digit', () => {
  const rows = [
    '.'.repeat(30),
    ...Array<string>(10).fill(`..####${'.'.repeat(24)}`),
    ...Array<string>(9).fill('.'.repeat(30)),
  ];
  const withDot = (length: number): string[] =>
    rows.map((line, r) =>
      r < 4 && r > 0 ? `${line.slice(0, 12)}${'#'.repeat(length)}${line.slice(12 + length)}` : line,
    );

  it('stay where a part is a tenth of the rest, and lie where they lay', () => {
    const { pixels, specks } = digitOf(rgbaOf(sketch(withDot(2), 4)));
    expect(specks).toBe(0);
    const { top, bottom, left, right } = boxOf(pixels, 28, 28);
    expect([bottom - top, right - left]).toEqual([17, 20]); // 10 x 12 in the sketch
  });

  it('go where one is a speck', () => {
    const canvas = sketch(rows, 16);
    const alone = digitOf(rgbaOf(canvas)).pixels;
    for (let r = 0; r < 4; r++) canvas.values.fill(0, (200 + r) * canvas.cols + 400, (200 + r) * canvas.cols + 404);
    const { pixels, specks } = digitOf(rgbaOf(canvas));
    expect(specks).toBe(1);
    expect(pixels).toEqual(alone);
  });
});

describe('the steps', () => {
  it('ink: noise is none, however much there is', () => {
    const clean = enlarged(original(0), 6, { top: 200, left: 200 });
    const { coverage } = inkOf(shadesOf(rgbaOf(photographed(clean, 220, 220, 20))));
    expect(coverage.filter((v, i) => v > 0 && clean.values[i] === 255).length).toBe(0);
  });

  it('ink: as much of it in a quarter of the light is as much', () => {
    const [rows, cols] = [100, 300];
    const values = new Float32Array(rows * cols).map((_, i) => {
      const [r, c] = [Math.floor(i / cols), i % cols];
      return (240 - 0.6 * c) * (c > 20 && c < 280 && r > 40 && r < 60 ? 0.3 : 1);
    });
    const { coverage } = inkOf({ rows, cols, values });
    for (const c of [25, 150, 275]) expect(coverage[50 * cols + c]).toBeGreaterThan(0.9);
  });

  it('ink: pixels that touch by their corners are one part', () => {
    const canvas = sketch(Array.from({ length: 80 }, (_, r) => `${'.'.repeat(10 + r)}#${'.'.repeat(90 - r)}`));
    canvas.values.fill(0, 10 * 101, 10 * 101 + 1); // beside it, a speck of one pixel
    const { specks, coverage } = inkOf(shadesOf(rgbaOf(canvas)));
    expect([specks, coverage.filter((v) => v === 1).length]).toEqual([1, 80]);
  });

  it('fit: the longer side becomes 20, areas become means, rows stay rows', () => {
    const coverage = new Float32Array(50 * 30); // ink: rows 4 .. 43, columns 10 .. 14
    for (let r = 4; r < 44; r++) coverage.fill(1, r * 30 + 10, r * 30 + 15);
    const { rows, cols, values } = fitted({ coverage, rows: 50, cols: 30 });
    expect([rows, cols]).toEqual([20, 3]); // 5 / 2, rounded up
    for (let i = 0; i < 20; i++) expect(Array.from(values.subarray(3 * i, 3 * i + 3))).toEqual([1, 1, 0.5]);
  });

  it('ink: a pixel at the edge keeps the share that is covered', () => {
    const canvas = sketch(['......', '..##..', '..##..', '..##..', '......'], 4);
    canvas.values[8 * 24 + 16] = 255 * 0.75; // right of the ink: a quarter of it is covered
    const { coverage } = inkOf(shadesOf(rgbaOf(canvas)));
    expect(coverage[8 * 24 + 15]).toBe(1);
    expect(coverage[8 * 24 + 16]).toBeCloseTo(0.25, 2);
    expect(coverage[8 * 24 + 17]).toBe(0);
  });

  it('paper: a surface of second order is found under a stroke', () => {
    const [rows, cols] = [120, 160];
    const light = (r: number, c: number): number => 220 - 0.4 * r - 0.3 * c - 40 * ((c - 80) / 80) ** 2;
    const values = new Float32Array(rows * cols).map((_, i) => {
      const [r, c] = [Math.floor(i / cols), i % cols];
      return c > 60 && c < 90 && r > 20 ? 0.2 * light(r, c) : light(r, c);
    });
    const paper = paperOf({ rows, cols, values });
    for (const [r, c] of [
      [5, 5],
      [60, 75],
      [100, 75],
      [110, 150],
    ]) {
      expect(Math.abs(paper.values[r * cols + c] - light(r, c))).toBeLessThan(3);
    }
    expect(paper.noise).toBeLessThan(1);
  });

  it('Otsu’s threshold lies between two heaps of any sizes', () => {
    const heaps = (few: number): number[] => [...Array<number>(1000).fill(0.1), ...Array<number>(few).fill(0.9)];
    for (const few of [10, 100, 1000]) expect(otsuThreshold(heaps(few))).toBeCloseTo(0.5, 1);
  });

  it('a picture that is larger than need be becomes smaller, with the means of its pixels', () => {
    const canvas = { rows: 2000, cols: 1500, values: new Float64Array(3_000_000).map((_, i) => (i % 2) * 200) };
    const { rows, cols, values } = shadesOf(rgbaOf(canvas));
    expect([rows, cols]).toEqual([1000, 750]);
    expect(values.every((v) => v === 100)).toBe(true);
  });
});
