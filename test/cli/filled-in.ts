// The template of backproof init, filled in by hand in its own style.
import { template } from '../../src/cli/template/network.ts';
import type { LossId } from '../../src/ops/registry.ts';

const [{ text: TEMPLATE }] = template('javascript');

/** The code that replaces the template's empty backward pass. */
const BACKWARD = `  const B = targets.length;
  const last = passes.length - 1;
  const outputs = passes[last].a;
  const K = targets[0].length;
  let dz;
  if (network.loss === 'cross-entropy') dz = outputs.map((row, b) => row.map((p, k) => (p - targets[b][k]) / B));
  else {
    const da = outputs.map((row, b) => row.map((p, k) => (2 * (p - targets[b][k])) / (B * K)));
    dz = throughActivation(network.layers[last].activation, da, passes[last]);
  }
  for (let l = last; l >= 0; l--) {
    const { x } = passes[l];
    gradients[l] = {
      weights: times(transposed(x), dz),
      bias: dz[0].map((_, o) => dz.reduce((sum, row) => sum + row[o], 0)),
    };
    if (l === 0) break;
    const dx = times(dz, transposed(parameters[l].weights));
    dz = throughActivation(network.layers[l - 1].activation, dx, passes[l - 1]);
  }
  return gradients;
}

/** dz = da . activation'(z) */
function throughActivation(activation, da, { z, a }) {
  return da.map((row, b) =>
    row.map((value, o) => {
      switch (activation) {
        case 'relu':
          return z[b][o] > 0 ? value : 0;
        case 'sigmoid':
          return value * a[b][o] * (1 - a[b][o]);
        case 'tanh':
          return value * (1 - a[b][o] ** 2);
        default:
          return value;
      }
    }),
  );
}
`;

const EMPTY = '  return gradients;\n}\n';

/** The right network, in JavaScript. */
export const FILLED_IN = replacedOnce(TEMPLATE, EMPTY, BACKWARD);

/**
 * The right network with one more loss.
 * @param start its gradient with respect to the scores, or with `da` to the outputs, of one entry
 */
export function filledInFor(loss: LossId, start: string, of: 'dz' | 'da'): string {
  const [{ text }] = template('javascript', 'functions', loss);
  const entries = `outputs.map((row, b) => row.map((p, k) => ((z, t, K) => ${start})(passes[last].z[b], targets[b], row.length)))`;
  const dz = of === 'dz' ? entries : `throughActivation(network.layers[last].activation, ${entries}, passes[last])`;
  const first = "  if (network.loss === 'cross-entropy')";
  return replacedOnce(
    text,
    EMPTY,
    replacedOnce(BACKWARD, first, `  if (network.loss === '${loss}') dz = ${dz};\n  else${first.slice(1)}`),
  );
}

/** The class of the template, filled in the same way. */
const [{ text: CLASS }] = template('javascript', 'class');
const IN_CLASS = BACKWARD.slice(0, BACKWARD.indexOf('  return gradients;'))
  .replaceAll('passes', 'this.cache')
  .replaceAll('gradients[', 'this.gradients[')
  .replaceAll('network.', 'this.spec.')
  .replaceAll('parameters[', 'this.layers[');
const HELPER = BACKWARD.slice(BACKWARD.indexOf('/** dz = da'));
export const FILLED_IN_CLASS =
  replacedOnce(CLASS, '    this.gradients = [];\n  }\n', `    this.gradients = [];\n${IN_CLASS}  }\n`) + HELPER;

/** The text with one place changed. The place must occur exactly once. */
export function replacedOnce(text: string, place: string, by: string): string {
  if (text.split(place).length !== 2)
    throw new Error(`${JSON.stringify(place)} is there ${text.split(place).length - 1} times`);
  return text.replace(place, () => by);
}
