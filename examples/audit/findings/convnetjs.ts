// What was found in ConvNetJS.
import type { Finding } from './finding.ts';

const FILE = 'build/convnet.js';

export const CONVNETJS_FINDINGS: readonly Finding[] = [
  {
    ...{ packageName: 'convnetjs', of: ['convnetjs regression: scaled'], kind: 'mistake' },
    title: 'the reported loss is four times the loss that training descends',
    sentences:
      'The gradient is right for half of the squared differences, but the returned cost_loss is twice the squared differences. Only the reported number is wrong.',
    source: [
      { file: FILE, line: 895, text: 'x.dw[i] = dy;' },
      { file: FILE, line: 896, text: 'loss += 2*dy*dy;' },
    ],
  },
  {
    ...{ packageName: 'convnetjs', of: ['convnetjs far: not finite'], kind: 'arithmetic' },
    title: 'tanh of large scores is NaN, and the loss of a confident mistake is infinite',
    sentences:
      'tanh is computed as (e²ˣ - 1) / (e²ˣ + 1), which is Infinity / Infinity from x = 355 on. With the other activations only the loss is infinite, as -log of a probability rounded to 0; the gradients stay right.',
    source: [
      { file: FILE, line: 1228, text: 'return (y - 1) / (y + 1);' },
      { file: FILE, line: 842, text: 'return -Math.log(this.es[y]);' },
    ],
  },
];
