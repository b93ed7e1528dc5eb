// What was found in toygrad.
import type { Finding } from './finding.ts';

export const TOYGRAD_FINDINGS: readonly Finding[] = [
  {
    ...{ packageName: 'toygrad', of: ['toygrad leaky: wrong gradient'], kind: 'mistake' },
    title: "leakyrelu uses relu's derivative",
    sentences:
      'The forward pass multiplies a score below 0 by 0.01, but the backward pass uses a derivative of 0. A unit below 0 for all examples therefore never changes, which is what leaky relu should prevent.',
    source: [
      { file: 'dist/layers/leakyrelu.js', line: 7, text: 'return Math.max(.01 * x, x);' },
      { file: 'dist/layers/leakyrelu.js', line: 10, text: 'return (x <= 0) ? 0 : dx;' },
    ],
  },
  {
    ...{ packageName: 'toygrad', of: ['toygrad far: not finite'], kind: 'arithmetic' },
    title: 'the loss of a confident mistake is infinite',
    sentences:
      'The loss is -log of a probability rounded to 0. Only the reported number is affected; the gradients stay right.',
    source: [{ file: 'dist/layers/softmax.js', line: 51, text: 'return -Math.log(this.es[output]);' }],
  },
  {
    ...{ packageName: 'toygrad', of: ['adam: wrong update'], kind: 'mistake' },
    title: 'Adam multiplies by the bias correction instead of dividing',
    sentences:
      'Kingma & Ba (2015, Algorithm 1) divide the moments by 1 - βᵗ; this code multiplies them by it. The first steps are far too long: with the usual β the first one is (1-β₁)² / (1-β₂) = 10 times the learning rate.',
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
