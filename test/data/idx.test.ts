// The IDX reader on files made by hand: valid ones, and ones damaged in every way.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { joinPair } from '../../src/data/idx-folder.ts';
import { parseIdx } from '../../src/data/idx.ts';
import { refusal } from '../refusal.ts';
import { IMAGES, LABELS, idx } from './idx-files.ts';

const images = (bytes: Uint8Array): string => refusal(DataError, () => parseIdx(bytes, 'file', 3));
const labels = (bytes: Uint8Array): string => refusal(DataError, () => parseIdx(bytes, 'file', 1));

describe('an IDX file', () => {
  it('is read as a shape and bytes', () => {
    const parsed = parseIdx(IMAGES, 'images', 3);
    expect(parsed.shape).toEqual([3, 2, 2]);
    expect(Array.from(parsed.data)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 254, 255]);
    expect(parseIdx(LABELS, 'labels', 1)).toMatchObject({ shape: [3], data: Uint8Array.of(9, 0, 5) });
  });

  it('has sizes in big-endian order', () => {
    const data = new Array<number>(258).fill(1);
    expect(parseIdx(idx([258], data), 'labels', 1).shape).toEqual([258]); // 0x0102; little-endian gives 0x0201
  });

  it('may be a view into a larger buffer', () => {
    const buffer = Uint8Array.from([1, 2, 3, ...LABELS, 4]);
    const parsed = parseIdx(buffer.subarray(3, 3 + LABELS.length), 'labels', 1);
    expect(Array.from(parsed.data)).toEqual([9, 0, 5]);
  });

  it("may be gzip'ed", () => {
    expect(Array.from(parseIdx(gzipSync(IMAGES), 'images.gz', 3).data)).toEqual(
      Array.from(parseIdx(IMAGES, 'i', 3).data),
    );
  });
});

describe('an IDX file is refused', () => {
  it('cut short in its header', () => {
    const hint = 'the file is cut short; fetch it again';
    expect(images(IMAGES.subarray(0, 15))).toBe(`file: expected an IDX header of 16 bytes, the file has 15 | ${hint}`);
    expect(labels(LABELS.subarray(0, 7))).toBe(`file: expected an IDX header of 8 bytes, the file has 7 | ${hint}`);
    expect(labels(new Uint8Array(0))).toContain('the file has 0');
  });

  it('cut short in its data, by one byte or by all', () => {
    const text = 'file: expected 28 bytes by its header';
    const hint = 'the file is cut short; fetch it again';
    expect(images(IMAGES.subarray(0, 27))).toBe(`${text}, got 27 | ${hint}`);
    expect(images(IMAGES.subarray(0, 16))).toBe(`${text}, got 16 | ${hint}`);
  });

  it('too long', () => {
    expect(images(Uint8Array.from([...IMAGES, 0]))).toBe(
      'file: expected 28 bytes by its header, got 29 | the file is too long; fetch it again',
    );
  });

  it('with an impossible size', () => {
    const huge = idx([0xffffffff, 0xffffffff, 0xffffffff], []);
    expect(images(huge)).toContain(' bytes by its header, got 16');
  });

  it('with labels in place of images and the reverse', () => {
    const mixedUp = 'are images and labels mixed up?';
    expect(images(idx([9], [1, 2, 3, 4, 5, 6, 7, 8, 9]))).toBe(
      `file: expected magic number 0x00000803 (3 dimensions of unsigned bytes), got 0x00000801 | ${mixedUp}`,
    );
    expect(labels(IMAGES)).toBe(
      `file: expected magic number 0x00000801 (1 dimension of unsigned bytes), got 0x00000803 | ${mixedUp}`,
    );
  });

  it('with numbers that are not unsigned bytes', () => {
    const floats = LABELS.slice();
    floats[2] = 0x0d; // 13: float
    expect(labels(floats)).toContain('got 0x00000d01');
  });

  it('without examples', () => {
    expect(images(idx([0, 28, 28], []))).toBe('file: has no examples (0 x 28 x 28)');
    expect(labels(idx([0], []))).toBe('file: has no examples (0)');
  });

  it("gzip'ed and damaged, or cut short", () => {
    const packed = gzipSync(IMAGES);
    const damaged = Uint8Array.from(packed, (byte, i) => (i === packed.length - 6 ? byte ^ 1 : byte)); // in the CRC
    for (const bad of [damaged, packed.subarray(0, -9), packed.subarray(0, 4)]) {
      expect(images(bad)).toMatch(
        /^file: cannot be unpacked \(.+\) \| the file is damaged or cut short; fetch it again$/,
      );
    }
  });
});

describe('images and labels', () => {
  const join = (imageBytes: Uint8Array, labelBytes: Uint8Array, classes = 10) =>
    joinPair({ bytes: imageBytes, name: 'images' }, { bytes: labelBytes, name: 'labels' }, classes);

  it('become examples', () => {
    const { count, width, rows, cols, values, labels: classes } = join(IMAGES, LABELS);
    expect({ count, width, rows, cols }).toEqual({ count: 3, width: 4, rows: 2, cols: 2 });
    expect(Array.from(values.subarray(8))).toEqual([8, 9, 254, 255]);
    expect(Array.from(classes)).toEqual([9, 0, 5]);
  });

  it('do not mix up rows and columns', () => {
    expect(join(idx([1, 2, 3], [1, 2, 3, 4, 5, 6]), idx([1], [0]))).toMatchObject({ width: 6, rows: 2, cols: 3 });
  });

  it('must have the same count', () => {
    for (const count of [2, 4]) {
      expect(refusal(DataError, () => join(IMAGES, idx([count], new Array<number>(count).fill(0))))).toBe(
        `labels: expected 3 labels (one per image of images), got ${count} | the two files do not belong together`,
      );
    }
  });

  it('must not have a label that is not a class', () => {
    const text = refusal(DataError, () => join(IMAGES, idx([3], [9, 10, 0])));
    expect(text).toMatch(/^labels: label 10 at position 1; labels of 10 classes are 0 to 9 \| .*--classes/);
    expect(join(IMAGES, idx([3], [9, 10, 0]), 11).labels[1]).toBe(10);
  });

  it('must not be swapped', () => {
    const nine = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    expect(refusal(DataError, () => join(idx([9], nine), IMAGES))).toContain('are images and labels mixed up?');
  });
});
