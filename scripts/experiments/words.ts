// Texts shared by the page and the Markdown.
import type { Section } from './section.ts';

export const TITLE = 'Questions about a first network, measured';

export function lead(): string {
  return 'A seeded run on the handwritten digits of MNIST answers each question. Every number below comes from that run. Unless stated otherwise, the network is 784-128-10 (relu, softmax, cross-entropy). It is trained by stochastic gradient descent in batches of 64, on pixels divided by 255.';
}

/** The conditions under which a section was measured. */
export function remark({ seed, quick, seconds }: Section): string {
  const size = quick ? ', on few examples' : '';
  return `Measured with seed ${seed} in ${Math.max(1, Math.round(seconds))} s${size}.`;
}
