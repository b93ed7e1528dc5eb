// A grid of small grey pictures, each with a caption: digits, or weights as pictures.
import sharp from 'sharp';
import { htmlAttribute } from '../../../src/report/formats/html-text.ts';
import { FONT } from '../../palette.ts';
import { INK, PAPER, SIZE, WIDTH } from './look.ts';

export interface Picture {
  readonly caption: string;
  /** rows x cols, row after row. */
  readonly values: ArrayLike<number>;
  /** The values of black and white; values beyond are clipped. For weights: -m and m, so that 0 is middle grey. */
  readonly range: readonly [number, number];
}

export interface PictureGrid {
  readonly pictures: readonly Picture[];
  readonly columns: number;
  /** Size of every picture; default: 28 x 28. */
  readonly rows?: number;
  readonly cols?: number;
}

const GAP = 12;
const CAPTION = 24;

export async function pictureGrid({ pictures, columns, rows = 28, cols = 28 }: PictureGrid): Promise<string> {
  const side = Math.floor((WIDTH - GAP) / columns) - GAP;
  const tall = Math.round((side * rows) / cols);
  const height = GAP + Math.ceil(pictures.length / columns) * (tall + CAPTION + GAP);
  const cells = await Promise.all(
    pictures.map(async ({ caption, values, range }, i) => {
      const [x, y] = [GAP + (i % columns) * (side + GAP), GAP + Math.floor(i / columns) * (tall + CAPTION + GAP)];
      const size = Math.min(SIZE, Math.floor((side + GAP - 2) / (caption.length * 0.54)));
      return [
        `<image x="${x}" y="${y}" width="${side}" height="${tall}" preserveAspectRatio="none" style="image-rendering:pixelated" href="${await png(values, range, rows, cols)}"/>`,
        `<rect x="${x}" y="${y}" width="${side}" height="${tall}" fill="none" stroke="${INK}"/>`,
        `<text x="${x + side / 2}" y="${y + tall + 18}" text-anchor="middle" font-size="${size}" fill="${INK}">${htmlAttribute(caption)}</text>`,
      ].join('');
    }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="${FONT}"><rect width="${WIDTH}" height="${height}" fill="${PAPER}"/>${cells.join('')}</svg>`;
}

async function png(
  values: ArrayLike<number>,
  [low, high]: readonly [number, number],
  rows: number,
  cols: number,
): Promise<string> {
  const bytes = Uint8Array.from(values, (v) => Math.round(255 * Math.min(1, Math.max(0, (v - low) / (high - low)))));
  const image = sharp(bytes, { raw: { width: cols, height: rows, channels: 1 } });
  return `data:image/png;base64,${(await image.png({ compressionLevel: 9 }).toBuffer()).toString('base64')}`;
}
