// Picture files of users: formats, depths, colours and orientations that must not matter, and files
// that are refused.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { encodePng, readDigit } from '../../../src/data/picture/file.ts';
import { DataError } from '../../../src/errors.ts';
import { drawing, enlarged, inverted, meanDifference, original, sharpOf, stroke } from './pictures.ts';

const folder = mkdtempSync(join(tmpdir(), 'backproof pictures '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function saved(bytes: Uint8Array | string, name = 'my digit.dat'): string {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

async function pixelsOf(picture: Sharp): Promise<Uint8Array> {
  return (await readDigit(saved(await picture.toBuffer()))).pixels;
}

const FIVE = 'M100 190 C230 140 270 330 90 330 M105 185 L110 70'; // its bar is drawn apart
const BAR = 'M145 66 L230 62';
const five = stroke(FIVE) + stroke(BAR);

const canvas = enlarged(original(3), 10, { top: 31, left: 17, right: 40, bottom: 9 });

/** The same digit in files of every kind; JPEG loses a little. */
const KINDS: [string, () => Sharp, most: number][] = [
  ['PNG', () => sharpOf(canvas).png(), 0],
  ['PNG in RGB', () => sharpOf(canvas).toColourspace('srgb').png(), 0],
  ['interlaced PNG', () => sharpOf(canvas).png({ progressive: true }), 0],
  ['PNG with a palette', () => sharpOf(canvas).png({ palette: true, colours: 64, dither: 0 }), 1],
  ['PNG of 16 bits', () => sharpOf(canvas).toColourspace('grey16').png(), 0],
  ['PNG of 16 bits in RGB', () => sharpOf(canvas).toColourspace('rgb16').png(), 0],
  ['negative', () => sharpOf(inverted(canvas)).png(), 0],
  ['JPEG', () => sharpOf(canvas).jpeg({ quality: 90 }), 1],
  ['JPEG of low quality', () => sharpOf(canvas).jpeg({ quality: 40 }), 5],
  ['progressive JPEG', () => sharpOf(canvas).jpeg({ quality: 90, progressive: true }), 1],
  ['JPEG in CMYK', () => sharpOf(canvas).toColourspace('cmyk').jpeg({ quality: 90 }), 5],
  ['negative JPEG', () => sharpOf(inverted(canvas)).jpeg({ quality: 90 }), 1],
];

describe('the same digit', () => {
  it.for(KINDS)('comes out of a %s', async ([, kind, most]) => {
    const plain = await pixelsOf(sharpOf(canvas).png());
    expect(meanDifference(await pixelsOf(kind()), plain)).toBeLessThanOrEqual(most);
  });

  it.for([
    [3, 180],
    [6, -90],
    [8, 90],
  ])('is turned as EXIF orientation %i says', async ([orientation, turned]) => {
    const plain = await pixelsOf(sharpOf(canvas).jpeg({ quality: 95 }));
    const lying = sharp(await sharpOf(canvas).rotate(turned).png().toBuffer());
    const pixels = await pixelsOf(lying.withMetadata({ orientation }).jpeg({ quality: 95 }));
    expect(meanDifference(pixels, plain)).toBeLessThan(2);
  });

  it('comes out of strokes on nothing, black or white, and of any colours', async () => {
    const plain = await pixelsOf(drawing(five).png());
    const dressed = (ink: string, paper: string | null): Sharp => drawing(five.replaceAll('black', ink), paper).png();
    for (const [ink, paper] of [
      ['black', null],
      ['white', null],
      ['#808080', null],
      ['#2244cc', '#fdf9e8'],
      ['#dddddd', '#223344'],
      ['#ffee00', 'white'],
    ] as const) {
      expect(meanDifference(await pixelsOf(dressed(ink, paper)), plain)).toBeLessThan(1.5);
    }
  });

  it('comes out of paper with holes', async () => {
    const filled = '<path d="M0 0 H300 V396 H0 Z" fill="white"/>';
    const plain = await pixelsOf(drawing(five).png());
    expect(meanDifference(await pixelsOf(drawing(filled + five, null).png()), plain)).toBeLessThan(1);
  });

  it('keeps the bar of a 5 that is drawn apart', async () => {
    const { pixels, specks } = await readDigit(saved(await drawing(five).png().toBuffer()));
    const without = await pixelsOf(drawing(stroke(FIVE)).png());
    expect(specks).toBe(0);
    expect(meanDifference(pixels, without)).toBeGreaterThan(10);
  });

  it('loses the dust', async () => {
    const dust = Array.from(
      { length: 9 },
      (_, i) => `<circle cx="${20 + 33 * i}" cy="${(i * 151) % 390}" r="2"/>`,
    ).join('');
    const { pixels, specks } = await readDigit(
      saved(
        await drawing(dust + five)
          .png()
          .toBuffer(),
      ),
    );
    expect(specks).toBeGreaterThan(5);
    expect(meanDifference(pixels, await pixelsOf(drawing(five).png()))).toBeLessThan(2);
  });

  it('is read again from the picture that is kept, as it was', async () => {
    const { pixels } = await readDigit(saved(await drawing(five).png().toBuffer()));
    const again = await readDigit(saved(await encodePng(pixels, 28, 28, 10)));
    expect([again.rows, again.cols, again.shade]).toEqual([280, 280, 'light']);
    expect(meanDifference(again.pixels, pixels)).toBeLessThan(2);
  });
});

const white = (width: number, height: number): Sharp =>
  sharp({ create: { width, height, channels: 3, background: 'white' } });
const png = (): Promise<Buffer> => sharpOf(canvas).png().toBuffer();
const jpeg = (): Promise<Buffer> => sharpOf(canvas).jpeg().toBuffer();

/** A PNG whose header says so large. */
async function claiming(width: number, height: number): Promise<Buffer> {
  const { crc32 } = await import('node:zlib');
  const bytes = await png();
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
}

/** A PNG with the chunk that says it is an animation. */
async function animated(): Promise<Buffer> {
  const bytes = await png();
  const chunk = Buffer.concat([Buffer.from('00000008', 'hex'), Buffer.from('acTL'), Buffer.alloc(12)]);
  return Buffer.concat([bytes.subarray(0, 33), chunk, bytes.subarray(33)]);
}

const BAD: [string, () => Promise<Uint8Array | string>, RegExp][] = [
  ['blank paper', () => white(200, 200).png().toBuffer(), /nothing stands out from the paper by its lightness/],
  ['nothing but ink', () => white(200, 200).negate().png().toBuffer(), /nothing stands out from the paper/],
  ['nothing at all (transparent)', () => drawing('', null).png().toBuffer(), /nothing stands out/],
  [
    'nothing but noise',
    () =>
      sharp({ create: { width: 300, height: 300, channels: 3, background: 'white', noise: { type: 'gaussian', mean: 200, sigma: 10 } } }).png().toBuffer(), // prettier-ignore
    /nothing stands out|too small for a digit/,
  ],
  ['1 x 1 pixels', () => white(1, 1).png().toBuffer(), /expected at least 8 x 8 pixels, got 1 x 1/],
  [
    'a dot',
    () => drawing('<rect x="100" y="100" width="3" height="3"/>').png().toBuffer(),
    /3 x 3 pixels, too small for a digit/,
  ],
  ['too many pixels', () => claiming(100_000, 100_000), /expected at most 50 million pixels, got 100000 x 100000/],
  ['a PNG cut short', async () => (await png()).subarray(0, 900), /the PNG cannot be decoded .*damaged or cut short/],
  ['a PNG of its first bytes', async () => (await png()).subarray(0, 20), /the PNG cannot be decoded/],
  [
    'a JPEG cut short',
    async () => (await jpeg()).subarray(0, 1500),
    /the JPEG cannot be decoded .*damaged or cut short/,
  ],
  ['an animated PNG', animated, /expected PNG or JPEG, got an animated PNG/],
  ['a GIF', () => sharpOf(canvas).gif().toBuffer(), /expected PNG or JPEG, got GIF/],
  ['a WebP', () => sharpOf(canvas).webp().toBuffer(), /expected PNG or JPEG, got WebP/],
  ['a TIFF', () => sharpOf(canvas).tiff().toBuffer(), /expected PNG or JPEG, got TIFF/],
  ['an SVG', async () => '<svg xmlns="http://www.w3.org/2000/svg"/>', /expected PNG or JPEG, got SVG/],
  ['text', async () => 'this is a 7', /expected PNG or JPEG, got something else/],
  ['an empty file', async () => '', /expected PNG or JPEG, got an empty file/],
];

describe('refused in one line that names the file', () => {
  it.for(BAD)('%s', async ([, make, line]) => {
    const file = saved(await make(), 'bad one.png');
    const refused = await readDigit(file).then(
      () => null,
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(DataError);
    const { message, hint } = refused as DataError;
    expect(`${message}; ${hint}`).toMatch(line);
    expect(message).toMatch(/^.*bad one\.png: [^\n]+$/);
  });

  it.for([
    ['a file that is not there', 'nowhere.png', 'ENOENT'],
    ['a folder', 'a folder.png', 'EISDIR'],
  ])('%s', async ([, name, code]) => {
    if (code === 'EISDIR' && !existsSync(join(folder, name))) mkdirSync(join(folder, name));
    await expect(readDigit(join(folder, name))).rejects.toThrow(new RegExp(`${name}: cannot be read \\(${code}\\)`));
  });
});
