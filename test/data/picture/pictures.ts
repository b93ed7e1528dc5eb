// Pictures for tests: MNIST test digits, enlarged on paper of every kind, and strokes drawn as SVG.
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { loadMnist } from '../../../src/data/mnist.ts';
import type { Rgba } from '../../../src/data/picture/shades.ts';
import { createRng } from '../../../src/numeric/rng.ts';

const { test } = loadMnist();
export const LABELS = test.labels;

/** The pixels of a test digit of MNIST: (28, 28), 255 is ink. */
export function original(index: number): Uint8Array {
  return Uint8Array.from(test.values.subarray(784 * index, 784 * (index + 1)));
}

export interface Canvas {
  readonly rows: number;
  readonly cols: number;
  /** Shades; 0 black, 255 white. */
  readonly values: Float64Array;
}

interface Padding {
  readonly top?: number;
  readonly bottom?: number;
  readonly left?: number;
  readonly right?: number;
}

/** Black on white, each pixel a square of k x k. */
export function enlarged(pixels: Uint8Array, k: number, padding: Padding = {}): Canvas {
  const { top = 0, bottom = 0, left = 0, right = 0 } = padding;
  const [rows, cols] = [28 * k + top + bottom, 28 * k + left + right];
  const values = new Float64Array(rows * cols).fill(255);
  for (let r = 0; r < 28 * k; r++) {
    for (let c = 0; c < 28 * k; c++) {
      values[(r + top) * cols + c + left] = 255 - pixels[Math.floor(r / k) * 28 + Math.floor(c / k)];
    }
  }
  return { rows, cols, values };
}

export function inverted(canvas: Canvas): Canvas {
  return { ...canvas, values: canvas.values.map((v) => 255 - v) };
}

/**
 * As a camera sees it: light that falls off from `light` to `dark` across the paper, and
 * normal noise.
 */
export function photographed(canvas: Canvas, light: number, dark: number, noise: number): Canvas {
  const rng = createRng(1, 'test camera');
  const values = canvas.values.map((v, i) => {
    const across = (0.7 * (i % canvas.cols)) / canvas.cols + (0.3 * Math.floor(i / canvas.cols)) / canvas.rows;
    return (v / 255) * (light + (dark - light) * across) + noise * rng.normal();
  });
  return { ...canvas, values };
}

export function rgbaOf({ rows, cols, values }: Canvas): Rgba {
  const data = new Uint8Array(4 * rows * cols).fill(255);
  values.forEach((v, i) => data.fill(byte(v), 4 * i, 4 * i + 3));
  return { rows, cols, data };
}

export function sharpOf(canvas: Canvas): Sharp {
  const bytes = Uint8Array.from(canvas.values, byte);
  return sharp(bytes, { raw: { width: canvas.cols, height: canvas.rows, channels: 1 } });
}

function byte(v: number): number {
  return Math.max(0, Math.min(255, Math.round(v)));
}

/** One stroke, or any other SVG inside, on a background; null for none. */
export function drawing(inside: string, background: string | null = 'white', width = 300, height = 400): Sharp {
  const paper = background === null ? '' : `<rect width="100%" height="100%" fill="${background}"/>`;
  return sharp(
    Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${paper}${inside}</svg>`),
  );
}

export function stroke(path: string, colour = 'black', width = 24): string {
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linecap="round"/>`;
}

/** Mean absolute difference of two pictures' pixels, of 255. */
export function meanDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, v, i) => sum + Math.abs(v - b[i]), 0) / a.length;
}
