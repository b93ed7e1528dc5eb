// Writes assembly/numbers.ts: the numbers that the kernels share with the TypeScript sources, for AssemblyScript.
import { KNOWN, numberOf } from '../src/engines/wasm/known.ts';
import { LEAK } from '../src/ops/activations/leaky-relu.ts';
import { SELU_SCALE, SELU_SCALE_ALPHA } from '../src/ops/activations/selu.ts';

/** Constants of the pages' formulas, by the type that the kernels use. */
const CONSTANTS = { f32: { LEAK }, f64: { SELU_SCALE, SELU_SCALE_ALPHA } };

/** @returns the module's text */
export function kernelNumbers(): string {
  const numbers = (names: readonly string[], number: (id: string) => number): string[] =>
    names.map((name) => `export const ${constantOf(name)}: i32 = ${number(name)};`);
  return [
    '// Made by `npm run build:kernels` from ../known.ts and the pages in ops: do not edit.',
    '',
    '// activations, and after them outputs',
    ...numbers([...KNOWN.activation, ...KNOWN.output], numberOf.activation),
    '',
    '// losses',
    ...numbers(KNOWN.loss, numberOf.loss),
    '',
    '// optimizers',
    ...numbers(KNOWN.optimizer, numberOf.optimizer),
    '',
    '// constants of their formulas',
    ...Object.entries(CONSTANTS).flatMap(([type, constants]) =>
      Object.entries(constants).map(([name, value]) => `export const ${name}: ${type} = ${value};`),
    ),
    '',
  ].join('\n');
}

/** "rmsprop-centered" to RMSPROP_CENTERED */
export function constantOf(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}
