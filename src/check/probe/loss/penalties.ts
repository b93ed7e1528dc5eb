// Penalties on the parameters that a loss may have in it: their values and derivatives.
import type { PenaltySpec } from '../../../ops/penalties/page.ts';
import { copyParameters } from '../../../network/parameters.ts';
import type { Parameters, ParameterTensor } from '../../../network/parameters.ts';

/** A function of the parameters, up to its strength. */
export interface Penalty {
  readonly kind: 'L1' | 'L2' | 'mean-L2' | 'norm';
  /** The same as it is declared, but for its strength; null: it cannot be. */
  readonly declared: Omit<PenaltySpec, 'strength'> | null;
  /** To follow the strength: "Σ W²". */
  readonly formula: string;
  readonly value: (parameters: Parameters) => number;
  /** Of the strength 1. The tensors that it leaves out are 0. */
  readonly gradient: (parameters: Parameters) => Parameters;
}

/** A penalty with its strength: it adds strength · value. */
export interface Measured {
  readonly penalty: Penalty;
  readonly strength: number;
}

type Kind = Penalty['kind'];
type Where = Pick<PenaltySpec, 'biases' | 'layers'>;
type Takes = (tensor: ParameterTensor) => boolean;

const VALUE: Readonly<Record<Kind, (squares: number, sizes: number, n: number) => number>> = {
  L1: (_squares, sizes) => sizes,
  L2: (squares) => squares,
  'mean-L2': (squares, _sizes, n) => squares / n,
  norm: (squares) => Math.sqrt(squares),
};

function sums({ values }: ParameterTensor): [squares: number, sizes: number, n: number] {
  let [squares, sizes] = [0, 0];
  for (const w of values) {
    squares += w * w;
    sizes += Math.abs(w);
  }
  return [squares, sizes, values.length];
}

/** The derivative of one tensor's penalty with respect to an entry w. */
function slope(kind: Kind, [squares, , n]: ReturnType<typeof sums>): (w: number) => number {
  if (kind === 'L1') return Math.sign;
  if (kind === 'L2') return (w) => 2 * w;
  if (kind === 'mean-L2') return (w) => (2 * w) / n;
  const size = Math.sqrt(squares);
  return (w) => (size > 0 ? w / size : 0);
}

function penalty(kind: Kind, formula: string, takes: Takes, where: Where | null): Penalty {
  const id = kind === 'L2' ? 'l2' : kind === 'L1' ? 'l1' : null;
  return {
    kind,
    declared: id === null || where === null ? null : { kind: id, ...where },
    formula,
    value: (parameters) =>
      parameters.reduce((sum, tensor) => sum + (takes(tensor) ? VALUE[kind](...sums(tensor)) : 0), 0),
    gradient(parameters) {
      const out = copyParameters(parameters, 'f64');
      for (const tensor of out) {
        const { values } = tensor;
        const d = takes(tensor) ? slope(kind, sums(tensor)) : (): number => 0;
        for (let i = 0; i < values.length; i++) values[i] = d(values[i]);
      }
      return out;
    },
  };
}

const isWeights: Takes = ({ role }) => role === 'weights';

/** All penalties, the usual ones first. @param layers of the network */
export function penaltiesOf(layers: number): Penalty[] {
  const only =
    (l: number): Takes =>
    (tensor) =>
      isWeights(tensor) && tensor.layer === l;
  const all: readonly (readonly [string, Takes, Where])[] = [
    ['W', isWeights, {}],
    ...(layers > 1
      ? Array.from({ length: layers }, (_, l) => [`W${l + 1}`, only(l + 1), { layers: [l + 1] }] as const)
      : []),
  ];
  const squares = all.map(([name, takes, where]) => penalty('L2', `Σ ${name}²`, takes, where));
  const sizes = all.map(([name, takes, where]) => penalty('L1', `Σ |${name}|`, takes, where));
  return [
    squares[0],
    sizes[0],
    penalty('L2', '(Σ W² + Σ b²)', () => true, { biases: true }),
    penalty('L1', '(Σ |W| + Σ |b|)', () => true, { biases: true }),
    penalty('L2', 'Σ b²', ({ role }) => role === 'bias', null),
    ...squares.slice(1),
    ...sizes.slice(1),
    penalty('mean-L2', 'Σ_l mean(W_l²)', isWeights, null),
    penalty('norm', 'Σ_l ‖W_l‖', isWeights, null),
  ];
}
