// Engines whose update is one function of one entry, for tests of what an update is.
import type { Engine } from '../../../../src/engines/engine.ts';
import { copyParameters, namedTensors } from '../../../../src/network/parameters.ts';
import type { Parameters } from '../../../../src/network/parameters.ts';
import type { Dtype } from '../../../../src/numeric/dtype.ts';

/** Numbers that an entry keeps between steps: 0 before they are set. */
export interface State {
  m: number;
  v: number;
  s: number;
  r: number;
  u: number;
  x: number;
}

/** Where an entry is, and what is known of the step. */
export interface At {
  readonly t: number; // of this step, from 1
  readonly tensor: number;
  readonly tensors: number;
  readonly role: string;
  readonly layer: number;
  readonly index: number;
  /** Numbers in a row of this tensor: all of a bias. */
  readonly cols: number;
  readonly rowMean: number;
  /** The norm of all gradients, and of this tensor's; this tensor's mean g². */
  readonly norm: number;
  readonly tensorNorm: number;
  /** The norm of the squared norms of the tensors. */
  readonly normOfSquares: number;
  readonly meanSquare: number;
  /** State that belongs to anything, by its name. */
  readonly stateOf: (key: string) => State;
}

/** The new weight. */
export type Update = (w: number, g: number, s: State, at: At) => number;

const never = (): never => {
  throw new Error('not asked in these tests');
};

/** @param round what is done with the numbers between the steps */
export function updating(dtype: Dtype, update: Update): Engine {
  let own: Parameters = [];
  let states = new Map<string, State>();
  let t = 0;
  const stateOf = (key: string): State => {
    const state = states.get(key) ?? { m: 0, v: 0, s: 0, r: 0, u: 0, x: 0 };
    states.set(key, state);
    return state;
  };
  return {
    id: 'external',
    dtype,
    label: 'a test',
    backend: null,
    versions: {},
    async load(parameters) {
      own = copyParameters(parameters, dtype);
      states = new Map();
      t = 0;
    },
    async applyGradients(gradients) {
      t++;
      const squares = gradients.map(({ values }) => [...values].reduce((sum, x) => sum + x * x, 0));
      const norm = Math.sqrt(squares.reduce((a, b) => a + b, 0));
      for (const [tensor, { name, role, layer, shape, values }] of namedTensors(own).entries()) {
        const cols = shape[shape.length - 1];
        for (let index = 0; index < values.length; index++) {
          const row = gradients[tensor].values.slice(index - (index % cols), index - (index % cols) + cols);
          values[index] = update(values[index], gradients[tensor].values[index], stateOf(`${name} ${index}`), {
            t,
            tensor,
            tensors: own.length,
            role,
            layer,
            index,
            cols,
            rowMean: [...row].reduce((sum, x) => sum + x * x, 0) / cols,
            norm,
            tensorNorm: Math.sqrt(squares[tensor]),
            normOfSquares: Math.sqrt(squares.reduce((sum, x) => sum + x * x, 0)),
            meanSquare: squares[tensor] / values.length,
            stateOf,
          });
        }
      }
    },
    parameters: async () => copyParameters(own, dtype),
    lossAndGradients: never,
    trainStep: never,
    predict: never,
    dispose: async () => {},
  };
}
