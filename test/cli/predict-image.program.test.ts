// predict --image: a user's own picture, both engines side by side, refused pictures, and the
// accuracy on pictures of MNIST's digits.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { batchOf } from '../../src/data/batches.ts';
import { digitOf } from '../../src/data/picture/digit.ts';
import { readDigit } from '../../src/data/picture/file.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { parseParameterFile } from '../../src/network/parameter-file.ts';
import { copyParameters } from '../../src/network/parameters.ts';
import { argMax } from '../../src/numeric/matrix.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import {
  LABELS,
  enlarged,
  inverted,
  meanDifference,
  original,
  photographed,
  rgbaOf,
  sharpOf,
} from '../data/picture/pictures.ts';
import type { Canvas } from '../data/picture/pictures.ts';
import { errorDocument } from './documents.ts';
import { inProcess as backproof, complaint, filesIn, newFolder } from './program.ts';

interface Side {
  readonly engine: string;
  readonly predicted: number;
  readonly outputs: number[];
}

interface Document {
  readonly index: number | null;
  readonly label: number | null;
  readonly picture: Record<string, unknown> | null;
  readonly pixels: number[][];
  readonly verdict: { kind: string; usedOfBound?: number };
  readonly predicted: number;
  readonly candidate: Side;
  readonly reference: Side;
  readonly largestDifference: { class: number; difference: number; bound: number };
  readonly command: string;
}

let [trained, image] = ['', ''];

beforeAll(async () => {
  const folder = newFolder();
  [trained, image] = [join(folder, 'parameters.json'), join(folder, 'my digit.png')];
  const run = await backproof(['train', '--engine', 'wasm', '--train-size', '20000', '--epochs', '2', '--out', folder]);
  expect(run.code).toBe(0);
  await sharpOf(enlarged(original(0), 10, { left: 150, bottom: 40 }))
    .png()
    .toFile(image); // a 7
});

const predict = (out: string): string[] => [
  'predict',
  '--load',
  trained,
  '--image',
  image,
  '--backend',
  'cpu',
  '--out',
  out,
];

describe.concurrent('predict --image', () => {
  it('draws the prepared picture, says what it took for ink, and gives ten probabilities of both paths', async () => {
    const out = newFolder();
    const { code, stdout, stderr } = await backproof(predict(out));
    expect([code, stderr]).toEqual([0, '']);
    expect(
      stdout
        .split('\n')
        .slice(0, 28)
        .filter((line) => /[*#%@]{2}/.test(line)).length,
    ).toBeGreaterThan(10);
    expect(stdout).toMatch(
      /my digit\.png: PNG of 430 x 320 pixels, dark ink on light paper \(Otsu's threshold 0\.\d+\)\./,
    );
    expect(stdout).toMatch(/^ +vector f32 +tfjs cpu$/m);
    expect(stdout.match(/^ {2}\d( +\d+\.\d\d %){2}/gm)).toHaveLength(10);
    expect(stdout).toMatch(/^ {2}7 .*<- predicted$/m);
    expect(stdout).toMatch(
      /^(IDENTICAL: vector f32 and tfjs cpu give the same outputs|AGREE: all outputs of vector f32 and tfjs cpu are within)/m,
    );
    expect(filesIn(out)).toEqual(['predict.png']);
    expect(stdout).toContain(join(out, 'predict.png'));
  });

  it('gives the same as one JSON document, and keeps the picture that the network saw', async () => {
    const out = newFolder();
    const { code, stdout, stderr } = await backproof(
      [...predict(out), '--backend=wasm', '--json'].filter((w) => w !== '--backend' && w !== 'cpu'),
    );
    expect([code, stderr]).toEqual([0, '']);
    const document = JSON.parse(stdout) as Document;
    expect(document).toMatchObject({ kind: 'predict', index: null, label: null, predicted: 7 });
    expect(document.picture).toMatchObject({
      file: image,
      format: 'PNG',
      rows: 320,
      cols: 430,
      ink: 'dark',
      specks: 0,
    });
    expect(document.command).toContain(`--image '${image}'`);
    const pixels = Uint8Array.from(document.pixels.flat());
    expect(pixels).toEqual((await readDigit(image)).pixels);
    expect(meanDifference(pixels, original(0))).toBeLessThan(3);
    const kept = await sharp(join(out, 'predict.png'))
      .resize(28, 28, { kernel: 'nearest' })
      .toColourspace('b-w')
      .raw()
      .toBuffer();
    expect(Uint8Array.from(kept)).toEqual(pixels);
    const { candidate, reference, largestDifference } = document;
    for (const { outputs, predicted } of [candidate, reference]) {
      expect(outputs.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 5);
      expect(outputs.indexOf(Math.max(...outputs))).toBe(predicted);
    }
    const apart = candidate.outputs.map((x, k) => Math.abs(x - reference.outputs[k]));
    expect(largestDifference.difference).toBe(Math.max(...apart));
    expect(largestDifference.difference).toBeLessThanOrEqual(largestDifference.bound);
    expect(document.verdict.kind).toMatch(/^(identical|agree)$/);
  });

  it('compares the engines that were asked for', async () => {
    const { stdout, code } = await backproof([
      ...predict(newFolder()),
      '--engine',
      'wasm',
      '--reference',
      'autograd',
      '--json',
    ]);
    const { candidate, reference } = JSON.parse(stdout) as Document;
    expect([candidate.engine, reference.engine, code]).toEqual(['wasm', 'autograd', 0]);
  });

  it.for([
    [['--index', '3'], /^--index does not go with --image: it chooses a test digit$/],
    [['--dataset', 'moons'], /--image needs pictures of 28 x 28 in 10 classes; moons has no pictures in 2 classes/],
    [['--image', 'twice.png'], /--image: given more than once/],
  ] as const)('does not go with %s', async ([more, line]) => {
    const out = newFolder();
    const run = await backproof([...predict(out), ...more]);
    expect(complaint(run)).toMatch(line);
    expect(run.code).toBe(2);
    expect(filesIn(out)).toEqual([]);
  });

  it('refuses a bad picture before anything is trained, in one line, as JSON too', async () => {
    const out = newFolder();
    const file = join(out, 'not a picture.png');
    writeFileSync(file, 'this is a 7');
    const run = await backproof(['predict', '--image', file, '--out', out, '--json']);
    expect(errorDocument(run)).toMatchObject({ kind: 'error', code: 'data' });
    expect(run.stderr).toMatch(
      /^backproof: [^\n]*not a picture\.png: expected PNG or JPEG, got something else; [^\n]+\n$/,
    );
    expect(run.code).toBe(2);
  });

  it('refuses a network that does not fit', async () => {
    const folder = newFolder();
    await backproof(['train', '--dataset', 'moons', '--epochs', '1', '--out', folder]);
    const run = await backproof([
      'predict',
      '--image',
      image,
      '--load',
      join(folder, 'parameters.json'),
      '--out',
      newFolder(),
    ]);
    expect(complaint(run)).toMatch(/the parameters are of 2-16-2.*mnist has 784 inputs and 10 classes/);
    expect(run.code).toBe(2);
  });
});

it('predict of a test digit shows both paths too', async () => {
  const run = await backproof(['predict', '--load', trained, '--backend', 'cpu', '--json']);
  const document = JSON.parse(run.stdout) as Document;
  expect(document).toMatchObject({ index: 0, label: 7, picture: null });
  expect(document.pixels.flat()).toEqual(Array.from(original(0)));
  expect(document.reference.outputs).toHaveLength(10);
});

/** What a user may do with a digit. */
const WAYS: [string, (digit: Canvas) => Canvas][] = [
  ['drawn on white', (digit) => digit],
  ['in the negative', inverted],
  ['on paper in uneven light, with noise', (digit) => photographed(digit, 240, 130, 6)],
];

describe('200 test digits', () => {
  it.for(WAYS)('%s are read as well as the originals, within 2 percentage points', async ([, way]) => {
    const { network, parameters } = parseParameterFile(readFileSync(trained, 'utf8'), trained);
    const engine = await createEngine('wasm', network, optimizerSpec('sgd', {}));
    await engine.load(copyParameters(parameters, 'f32'));
    const right = async (pictures: readonly Uint8Array[]): Promise<number> => {
      const values = Uint8Array.from(pictures.flatMap((p) => Array.from(p)));
      const examples = { count: 200, width: 784, values, labels: LABELS.slice(0, 200) };
      const all = Array.from({ length: 200 }, (_, i) => i);
      const out = await engine.predict(batchOf(examples, 10, { id: 'unit', mean: 0, deviation: 255 }, all).inputs);
      return all.filter((i) => argMax(out, i) === LABELS[i]).length;
    };
    const originals = Array.from({ length: 200 }, (_, i) => original(i));
    const pictures = originals.map((pixels) => {
      const canvas = enlarged(pixels, 6, { top: 30, left: 12, right: 50, bottom: 5 });
      return digitOf(rgbaOf(way(canvas))).pixels;
    });
    const [before, after] = [await right(originals), await right(pictures)];
    await engine.dispose();
    expect(before).toBeGreaterThan(180);
    expect(Math.abs(after - before)).toBeLessThanOrEqual(4); // of 200: 2 percentage points
  });
});
