// The template of `backproof init` with its backward pass written: right, and with mistakes put in.
import { template } from '../../cli/template/network.ts';

const BACKWARD = `  const gradients: CandidateGradients[] = [];
  const B = targets.length;
  const outputs = passes[passes.length - 1]!.a;
  // softmax with cross-entropy: dz = (p - t) / B
  let dz = outputs.map((row, b) => row.map((p, k) => (p - targets[b]![k]!) / B));
  for (let l = passes.length - 1; l >= 0; l--) {
    const bias = parameters[l]!.bias.map(() => 0);
    for (const row of dz) row.forEach((d, unit) => (bias[unit]! += d));
    gradients[l] = { weights: times(transposed(passes[l]!.x), dz), bias };
    if (l === 0) break;
    const dx = times(dz, transposed(parameters[l]!.weights));
    const { z } = passes[l - 1]!;
    dz = dx.map((row, b) => row.map((d, unit) => (z[b]![unit]! > 0 ? d : 0))); // relu'(z)
  }
  return gradients;
`;

const EMPTY = `  const gradients: CandidateGradients[] = [];
  return gradients;
`;

/** Where the template says what to write. */
const TO_DO = /\/\*\*\n \* The gradients: one[^]*?\*\/\nfunction backward/;
const DONE = `/** The gradients: one { weights, bias } per layer, in the shapes of the parameters. */
function backward`;

export function templateText(style: 'functions' | 'class' = 'functions'): string {
  return template('typescript', style)[0]?.text ?? '';
}

/** @throws Error if the template is not the one that this was written for */
export function filledTemplate(): string {
  return replaced(replaced(templateText(), EMPTY, BACKWARD), TO_DO, DONE);
}

/** @throws Error if the text does not hold it */
export function replaced(text: string, what: string | RegExp, by: string): string {
  const changed = text.replace(what, () => by);
  if (changed === text) throw new Error(`there is no ${String(what)} in this text`);
  return changed;
}
