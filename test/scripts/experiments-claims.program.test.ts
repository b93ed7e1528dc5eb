// The claims of each experiment, on its quick run, each with a control for which the same
// assertion fails.
import { beforeAll, describe, expect, it } from 'vitest';
import { numbersOf } from './experiments-quick.ts';

const LIMIT = 120_000; // milliseconds, on a busy machine

describe('flatten', () => {
  interface Same {
    firstLossDifference: number;
    largestLossDifference: number;
    labelledDifferently: number;
  }
  let n: {
    testImages: number;
    meanAccuracy: Record<string, number>;
    accuracyByInkAlone: number;
    accuracyWhenMovedRight: { accuracy: number }[];
    sameRun: Same;
    sameRunInBinary64: Same;
  };
  beforeAll(async () => void (n = await numbersOf('flatten')), LIMIT);

  it('one fixed order of the pixels is as good as another, a different order per image is not', () => {
    const [inPlace, one, own] = Object.values(n.meanAccuracy);
    // Three standard errors of the difference of two shares of the test images, as if they were
    // measured on independent images.
    const noise = 3 * Math.sqrt((2 * inPlace * (1 - inPlace)) / n.testImages);
    expect(Math.abs(inPlace - one)).toBeLessThan(noise);
    expect(Math.abs(inPlace - own)).toBeGreaterThan(5 * noise);
    expect(n.accuracyByInkAlone).toBeLessThan(0.35);
  });

  it('W1 shuffled like the pixels gives the same run, closer with more precise numbers', () => {
    // some roundings of 6e-8, and their growth over 63 steps
    expect(n.sameRun.largestLossDifference).toBeLessThan(1e-4);
    expect(n.sameRun.labelledDifferently).toBeLessThanOrEqual(n.testImages / 100);
    expect(n.sameRunInBinary64.largestLossDifference).toBeLessThan(1e-12);
    expect(n.sameRun.largestLossDifference).toBeGreaterThan(1e-12);
  });

  it('moved images are not recognised', () => {
    const [still, , , , four] = n.accuracyWhenMovedRight;
    expect(four.accuracy).toBeLessThan(still.accuracy / 2);
  });
});

describe('scaling', () => {
  interface OfScale {
    largestThatTrains: number;
    gradientNorms: Record<string, number>;
    points: { learningRate: number; accuracy: number }[];
  }
  let n: {
    countsAsTraining: number;
    scales: Record<'none' | 'unit' | 'standard', OfScale>;
    sameAsDivided: { largestLossDifference: number };
  };
  beforeAll(async () => void (n = await numbersOf('scaling')), LIMIT);

  it('raw pixels have larger gradients and need a smaller rate; standardised ones do not', () => {
    const { none, unit, standard } = n.scales;
    expect(none.gradientNorms['W1']).toBeGreaterThan(100 * unit.gradientNorms['W1']);
    expect(unit.largestThatTrains).toBeGreaterThan(20 * none.largestThatTrains);
    expect(standard.largestThatTrains).toBeGreaterThan(20 * none.largestThatTrains);
  });

  it('the largest rate trains, and no rate above it does', () => {
    for (const { points, largestThatTrains } of Object.values(n.scales)) {
      for (const { learningRate, accuracy } of points) {
        if (learningRate === largestThatTrains) expect(accuracy).toBeGreaterThanOrEqual(n.countsAsTraining);
        if (learningRate > largestThatTrains) expect(accuracy).toBeLessThan(n.countsAsTraining);
      }
    }
  });

  it('raw pixels with W1 and its rate divided give the same run', () => {
    // a pixel divided by 255 is rounded by up to 6e-8 of itself; W1 x and 10 steps carry that on
    expect(n.sameAsDivided.largestLossDifference).toBeLessThan(1e-6);
  });
});

describe('one-hot', () => {
  type Head = 'oneHot' | 'oneHotMse' | 'number';
  let n: { measured: Record<Head, { accuracy: number; offByOne: number; confusion: number[][] }>; testImages: number };
  beforeAll(async () => void (n = await numbersOf('one-hot')), LIMIT);

  it('is far better than a number as the target, with either loss', () => {
    const { oneHot, oneHotMse, number } = n.measured;
    for (const { accuracy } of [oneHot, oneHotMse]) expect(accuracy).toBeGreaterThan(number.accuracy + 0.2);
  });

  it('a number mixes up neighbours in value, one-hot does not', () => {
    const { oneHot, number } = n.measured;
    expect(number.offByOne).toBeGreaterThan(0.4);
    expect(oneHot.offByOne).toBeLessThan(0.3);
  });

  it('counts every test image once', () => {
    for (const { confusion } of Object.values(n.measured)) {
      expect(confusion.flat().reduce((sum, times) => sum + times, 0)).toBe(n.testImages);
    }
  });
});

describe('all-zero', () => {
  interface Course {
    output: string;
    rate: number;
    outputBias: number;
    atEnd: number;
    accuracy: number;
  }
  let n: {
    starts: string[];
    grid: Record<'ratio' | 'relu', number[][]>;
    courses: Course[];
    atStart: { mean: number };
    guard: { smallestOutput: number; largestOutput: number; gradientNorm: number; gradientNormOfOthers: number };
  };
  beforeAll(async () => void (n = await numbersOf('all-zero')), LIMIT);
  const course = (output: string, rate: number): Course =>
    n.courses.find((c) => c.output === output && c.rate === rate && c.outputBias === 0) as Course;

  it('always happens from zeros, rarely from random weights', () => {
    for (const rows of Object.values(n.grid)) expect(new Set(rows[n.starts.indexOf('zeros')])).toEqual(new Set([1]));
    expect(n.atStart.mean).toBeLessThan(0.02);
    expect(course('ratio', 0.2).atEnd).toBeLessThan(0.05);
  });

  it('the guard returns the same output for every digit, without a gradient; other images have a gradient', () => {
    const { guard } = n;
    expect([guard.smallestOutput, guard.largestOutput]).toEqual([Math.fround(0.1), Math.fround(0.1)]);
    expect(guard.gradientNorm).toBe(0);
    expect(guard.gradientNormOfOthers).toBeGreaterThan(0.01);
  });

  it('relu alone dies at a large rate; with the total, leaky-relu or a small rate it survives', () => {
    expect(course('relu', 3).atEnd).toBe(1);
    expect(course('relu', 3).accuracy).toBeLessThan(0.2);
    for (const alive of [course('relu', 0.2), course('ratio', 3), course('leaky-relu', 3)]) {
      expect(alive.atEnd).toBeLessThan(0.3);
      expect(alive.accuracy).toBeGreaterThan(0.4);
    }
  });
});
