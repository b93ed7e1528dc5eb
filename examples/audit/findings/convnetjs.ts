// What was found in ConvNetJS.
import type { Finding } from './finding.ts';

const FILE = 'build/convnet.js';

export const CONVNETJS_FINDINGS: readonly Finding[] = [
  {
    ...{ packageName: 'convnetjs', of: ['convnetjs regression: scaled'], kind: 'mistake' },
    title: 'the loss that is reported is four times the one that is descended',
    sentences:
      'The gradient is that of half of the squared differences, and it is right for that; the cost_loss returned is twice the squared differences. Nothing but the number reported is wrong.',
    source: [
      { file: FILE, line: 895, text: 'x.dw[i] = dy;' },
      { file: FILE, line: 896, text: 'loss += 2*dy*dy;' },
    ],
  },
  {
    ...{ packageName: 'convnetjs', of: ['convnetjs far: not finite'], kind: 'arithmetic' },
    title: 'tanh of large scores is NaN, and the loss of a confident mistake infinite',
    sentences:
      'tanh is (e²ˣ - 1) / (e²ˣ + 1), which is Infinity / Infinity from x = 355 on. With the other activations only the loss is lost, -log of a probability that has become 0, and the gradients stay right.',
    source: [
      { file: FILE, line: 1228, text: 'return (y - 1) / (y + 1);' },
      { file: FILE, line: 842, text: 'return -Math.log(this.es[y]);' },
    ],
  },
];
