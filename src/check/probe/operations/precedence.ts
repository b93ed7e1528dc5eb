// Products with a derivative that has a sum in it, written without its brackets.

/** dz from da, z and a of one unit. */
type Unbracketed = readonly [text: string, at: (da: number, z: number, a: number) => number];

/** By activation: what such a line computes. */
export const UNBRACKETED: Readonly<Record<string, readonly Unbracketed[]>> = {
  sigmoid: [
    ['da · a · 1 - a', (da, _z, a) => da * a - a],
    ['da · a - a²', (da, _z, a) => da * a - a * a],
    ['da - a · a', (da, _z, a) => da - a * a],
  ],
  tanh: [
    ['da · 1 - a²', (da, _z, a) => da - a * a],
    ['1 - a² · da', (da, _z, a) => 1 - a * a * da],
  ],
};
