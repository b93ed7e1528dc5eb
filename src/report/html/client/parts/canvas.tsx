// Pictures of bytes, side by side on one canvas.
import { useEffect, useRef } from 'preact/hooks';

/** Red, green, blue and opacity of a byte, each 0..255. */
export type Palette = (byte: number) => readonly [number, number, number, number];

/** Ink on paper. */
export const INK: Palette = (byte) => [0, 0, 0, byte];

/**
 * Cividis (Nuñez, Anderton & Renslow 2018), which rises in lightness: what is negative is dark,
 * what is positive is light, for every eye. 0 is no number.
 */
export const CIVIDIS: Palette = (byte) => {
  if (byte === 0) return [255, 0, 0, 255];
  const at = ((byte - 1) / 254) * (STOPS.length - 1);
  const low = Math.min(STOPS.length - 2, Math.floor(at));
  const [from, to] = [STOPS[low] ?? BLACK, STOPS[low + 1] ?? BLACK];
  const mix = (k: 0 | 1 | 2): number => Math.round(from[k] + (at - low) * (to[k] - from[k]));
  return [mix(0), mix(1), mix(2), 255];
};

const BLACK = [0, 0, 0] as const;
const STOPS = [
  [0, 34, 78],
  [53, 69, 108],
  [102, 105, 112],
  [148, 142, 119],
  [200, 184, 102],
  [254, 232, 56],
] as const;

interface Props {
  readonly rows: number;
  readonly cols: number;
  /** Each rows · cols bytes. */
  readonly pictures: readonly Uint8Array[];
  readonly palette: Palette;
  readonly alternative: string;
}

/** Pixels between two pictures. */
const GAP = 2;

export function Canvas({ rows, cols, pictures, palette, alternative }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = pictures.length * (cols + GAP) - GAP;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context === undefined || context === null) return;
    pictures.forEach((bytes, n) => {
      const image = context.createImageData(cols, rows);
      bytes.forEach((byte, i) => image.data.set(palette(byte), 4 * i));
      context.putImageData(image, n * (cols + GAP), 0);
    });
  }, [pictures, palette, rows, cols]);
  return <canvas ref={canvas} width={width} height={rows} role="img" aria-label={alternative} />;
}
