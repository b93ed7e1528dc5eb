// What was found in toygrad.
import type { Finding } from './finding.ts';

export const TOYGRAD_FINDINGS: readonly Finding[] = [
  {
    ...{ packageName: 'toygrad', of: ['toygrad leaky: wrong gradient'], kind: 'mistake' },
    title: "leakyrelu is given relu's derivative",
    sentences:
      'Forward, a score below 0 is multiplied by 0.01; backward, its derivative is 0. So a unit that is below 0 for all examples never changes, which is what leaky relu is there to prevent.',
    source: [
      { file: 'dist/layers/leakyrelu.js', line: 7, text: 'return Math.max(.01 * x, x);' },
      { file: 'dist/layers/leakyrelu.js', line: 10, text: 'return (x <= 0) ? 0 : dx;' },
    ],
  },
  {
    ...{ packageName: 'toygrad', of: ['toygrad far: not finite'], kind: 'arithmetic' },
    title: 'the loss of a confident mistake is infinite',
    sentences:
      'The loss is -log of a probability that has become 0. Nothing but the number reported is lost, the gradients stay right.',
    source: [{ file: 'dist/layers/softmax.js', line: 51, text: 'return -Math.log(this.es[output]);' }],
  },
  {
    ...{ packageName: 'toygrad', of: ['adam: wrong update'], kind: 'mistake' },
    title: "Adam's bias correction is multiplied where it should be divided",
    sentences:
      'Kingma & Ba (2015, Algorithm 1) divide the moments by 1 - βᵗ; here they are multiplied by it. The first steps are far too long: with the usual β the first one is (1-β₁)² / (1-β₂), ten times, the learning rate.',
    source: [
      {
        ...{ file: 'dist/trainers/abstract.js', line: 70 },
        text: 'let biasCorr1 = gsumi[j] * (1 - Math.pow(this.beta1, this.k));',
      },
      {
        ...{ file: 'dist/trainers/abstract.js', line: 71 },
        text: 'let biasCorr2 = xsumi[j] * (1 - Math.pow(this.beta2, this.k));',
      },
    ],
  },
];
