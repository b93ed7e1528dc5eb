// Texts shared by the page and the Markdown.
import type { Section } from './section.ts';

export const TITLE = 'Questions about a first network, measured';

export function lead(): string {
  return 'Each question is answered by a seeded run on the handwritten digits of MNIST; every number below comes from that run. Unless stated otherwise, the network is 784-128-10 (relu, softmax, cross-entropy), trained by stochastic gradient descent in batches of 64 on pixels divided by 255.';
}

/** The conditions under which a section was measured. */
export function remark({ seed, quick, seconds }: Section): string {
  const size = quick ? 'a quick run on few examples; ' : '';
  return `Measured with seed ${seed}; ${size}${Math.max(1, Math.round(seconds))} s.`;
}
