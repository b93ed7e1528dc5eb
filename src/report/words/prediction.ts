// Sentences about a prediction: the picture, and whether both engines agree on it.
import type { Prediction } from '../../check/prediction.ts';
import type { DigitPicture } from '../../data/picture/file.ts';
import { formatApart } from './numbers.ts';
import { formatCount, formatNumber, formatUsed } from './numbers.ts';
import { timesTheBound, whoIsWrong } from './findings.ts';

/**
 * MNIST's strokes are at least two pixels wide, and black (255) in the middle. A stroke that
 * nowhere reaches half of that is less than half a pixel wide.
 */
const FAINT = 128;

/** "my.png: PNG of 300 x 400 pixels, dark ink on light paper (Otsu's threshold 0.426)." */
export function pictureSentence({ file, format, rows, cols, shade, threshold, specks, pixels }: DigitPicture): string {
  const sides = shade === 'dark' ? 'dark ink on light paper' : 'light ink on dark paper';
  const faint = Math.max(...pixels) < FAINT ? '; its strokes are thin and faint: use a thicker pen' : '';
  const dust = specks === 0 ? '' : `; ${formatCount(specks)} speck${specks > 1 ? 's' : ''} ignored`;
  return `${file}: ${format} of ${cols} x ${rows} pixels, ${sides} (Otsu's threshold ${formatNumber(threshold, 3)})${dust}${faint}.`;
}

/**
 * "Largest difference: 6e-8 at class 3 (allowed: 1.2e-6)." and whether the two agree.
 * @param what an output stands for
 */
export function predictionSentences(
  { verdict, largestDifference, worst, candidate, reference }: Prediction,
  what: 'class' | 'output' = 'class',
): string {
  const { class: at, difference, bound } = largestDifference;
  const apart = `Largest difference: ${formatNumber(difference, 2)} at ${what} ${at} (allowed: ${formatNumber(bound, 2)}).`;
  const pair = `${candidate.engine.label} and ${reference.engine.label}`;
  switch (verdict) {
    case 'identical':
      return `IDENTICAL: ${pair} give the same outputs to the last bit`;
    case 'agree':
      return `${apart}\nAGREE: all outputs of ${pair} are within rounding error (worst: ${formatUsed(worst.usedOfBound)} of the allowed error)`;
    case 'disagree': {
      const [one, two, exact] = formatApart([worst.candidate, worst.reference, worst.oracle]);
      const values = `${one} and ${two}, exact ${exact}`;
      const who = whoIsWrong(worst.left ?? 'both', candidate.engine, reference.engine);
      return `${apart}\nDISAGREE: output ${worst.index[1]} of ${pair}: ${values}; ${timesTheBound(worst)}; ${who}`;
    }
  }
}
