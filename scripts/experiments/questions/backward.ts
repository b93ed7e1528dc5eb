// What .backward() does, on a network small enough to show every number.
import { createEngine } from '../../../src/engines/registry.ts';
import type { EngineId } from '../../../src/engines/engine.ts';
import type { Value } from '../../../src/engines/autograd/value.ts';
import type { Examples } from '../../../src/data/dataset.ts';
import { namedTensors } from '../../../src/network/parameters.ts';
import { formatNumber } from '../../../src/report/words/numbers.ts';
import { drawGraph } from '../charts/graph.ts';
import type { Answer, Experiment, Lab, Table } from '../experiment.ts';
import {
  NETWORK,
  PARAMETERS,
  asBatch,
  asParameters,
  centralDifference,
  nudged,
  seededWeights,
  sevenWeights,
  waysTo,
} from '../measures/seven-weights.ts';
import type { Link, Nudged, SevenWeights, Weights } from '../measures/seven-weights.ts';
import { sgd } from '../training.ts';

export const backward: Experiment = {
  name: 'backward',
  question: 'What does .backward() do?',
  run,
};

const FOLLOWED = 'w1';
const NUDGE = 0.001;
const LEAVES: readonly Nudged[] = [...PARAMETERS, 'x'];

async function run(lab: Lab): Promise<Answer> {
  const { train } = lab.mnist(lab.quick ? 1000 : undefined);
  const { position, x } = firstOne(train);
  const t = 1;
  const w = seededWeights(lab.seed);
  const graph = sevenWeights(w, x, t);
  graph.loss.backward();

  const leaves = LEAVES.map((name) => leafOf(graph, w, t, name));
  const [chain] = waysTo(graph.loss, graph.parameters[FOLLOWED]);
  const ways = waysTo(graph.loss, graph.x);
  const engines = await Promise.all(
    (['autograd', 'vector'] as const).map((id) => engineDifference(id, w, x, t, graph)),
  );
  const differences = {
    centralDifferences: Math.max(...leaves.map((leaf) => Math.abs(leaf.gradient - leaf.centralDifference))),
    engines: Math.max(...engines),
  };
  const followed = leaves[LEAVES.indexOf(FOLLOWED)];
  const values = graph.loss.history();
  const arrows = values.reduce((sum, { operands }) => sum + operands.length, 0);
  return {
    sentences: [
      `It goes through the graph of all ${values.length} values once, back from the loss (whose own gradient is 1), multiplies at each of the ${arrows} arrows by the derivative noted there, and adds up what arrives: that is the gradient of all ${PARAMETERS.length} weights (four weights and three biases of a 1-2-1 network) at once.`,
      `On the way to ${FOLLOWED} the ${chain.length} factors multiply to ${three(followed.gradient)}, so ${FOLLOWED} + ${NUDGE} should change the loss by ${five(followed.predicted)}; it changes by ${five(followed.measured)}.`,
      `The input x is used twice, and its gradient ${three(graph.x.grad)} is the sum of ${ways.map((way) => three(productOf(way))).join(' and ')}; central differences agree with every gradient to within ${formatNumber(differences.centralDifferences, 1)}, and so do the autograd and the vector engine${differences.engines === 0 ? ', to the last bit' : ` to within ${formatNumber(differences.engines, 1)}`}.`,
    ],
    figures: [
      {
        name: 'graph',
        svg: await drawGraph({
          ...{ root: graph.loss, names: graph.names, format: three },
          learnt: new Set(Object.values(graph.parameters)),
        }),
        caption: `Every value with its gradient (grad), after loss.backward(). Forward runs along the arrows, the gradient against them, times the number at the arrow. Bold boxes are learnt, dashed ones given: x is the ink of a real 1 (training digit ${position}) as a share of the average digit's, t the target for a 1.`,
        alternative: `Graph of ${values.length} values and ${arrows} arrows from the input x = ${three(x)} and seven weights to the loss ${three(graph.loss.data)}. Gradients: ${leaves.map(({ name, gradient }) => `${name} ${three(gradient)}`).join(', ')}.`,
      },
    ],
    tables: [chainTable(chain, graph), nudgeTable(leaves), waysTable(ways, graph)],
    numbers: {
      digit: position,
      ...{ parameters: PARAMETERS.length, nudge: NUDGE },
      ...{ x, t, weights: w, loss: graph.loss.data },
      ...{ values: values.length, arrows, leaves },
      chain: chain.map(({ from, to, slope, product }) => ({
        ...{ from: graph.names.get(from), to: graph.names.get(to), slope, product },
      })),
      waysToX: ways.map(productOf),
      differences,
    },
  };
}

const three = (x: number): string => formatNumber(x, 3);
const five = (x: number): string => formatNumber(x, 5);

/** The first digit 1 of the set, and its mean ink as a share of the mean of all digits. */
function firstOne({ values, labels, width, count }: Examples): { position: number; x: number } {
  const position = labels.indexOf(1);
  const ink = (from: number, to: number): number => {
    let sum = 0;
    for (let i = from; i < to; i++) sum += values[i];
    return sum / (to - from);
  };
  return { position, x: ink(position * width, (position + 1) * width) / ink(0, count * width) };
}

interface Leaf {
  readonly name: Nudged;
  readonly value: number;
  readonly gradient: number;
  /** Change of the loss when the value is raised by NUDGE. */
  readonly predicted: number;
  readonly measured: number;
  readonly centralDifference: number;
}

function leafOf(graph: SevenWeights, w: Weights, t: number, name: Nudged): Leaf {
  const leaf: Value = name === 'x' ? graph.x : graph.parameters[name];
  const x = graph.x.data;
  return {
    ...{ name, value: leaf.data, gradient: leaf.grad, predicted: leaf.grad * NUDGE },
    measured: nudged(w, x, t, name, NUDGE) - graph.loss.data,
    centralDifference: centralDifference(w, x, t, name),
  };
}

/** The largest difference from the gradients of one of the project's engines for the same network. */
async function engineDifference(id: EngineId, w: Weights, x: number, t: number, graph: SevenWeights): Promise<number> {
  const engine = await createEngine(id, NETWORK, sgd(0), { dtype: 'f64' });
  try {
    await engine.load(asParameters(w));
    const { gradients } = await engine.lossAndGradients(asBatch(x, t));
    const found = namedTensors(gradients).flatMap(({ values }) => Array.from(values));
    const { w1, w2, b1, b2, w3, w4, b3 } = graph.parameters;
    return Math.max(...[w1, w2, b1, b2, w3, w4, b3].map(({ grad }, i) => Math.abs(grad - found[i])));
  } finally {
    await engine.dispose();
  }
}

function productOf(way: readonly Link[]): number {
  return way[way.length - 1].product;
}

function chainTable(chain: readonly Link[], { names }: SevenWeights): Table {
  const name = (value: Value): string => names.get(value) ?? '';
  return {
    caption: `The chain rule by hand, from the loss down to ${FOLLOWED}: each factor, and the product of all factors so far, which is the gradient of that value.`,
    head: ['factor', 'is', 'value', 'product so far'],
    rows: chain.map(({ from, to, slope, product }) => [
      ...[`d ${bracketed(name(from))} / d ${bracketed(name(to))}`, derivative(from, to, name), three(slope)],
      three(product),
    ]),
  };
}

function bracketed(name: string): string {
  return /[^\w]/.test(name) ? `(${name})` : name;
}

/** The rule behind d(from)/d(to), in the names of the graph. */
function derivative(from: Value, to: Value, name: (value: Value) => string): string {
  const other = name(from.operands.find((operand) => operand !== to) ?? to);
  switch (from.operation) {
    case '+':
      return '1';
    case '-':
      return to === from.operands[0] ? '1' : '-1';
    case '·':
      return other;
    case 'tanh':
      return `1 - ${name(from)}²`;
    case '^2':
      return `2 · ${bracketed(name(to))}`;
    default:
      throw new RangeError(`no rule is written down for "${from.operation}"`);
  }
}

function nudgeTable(leaves: readonly Leaf[]): Table {
  return {
    caption: `Each number raised by ${NUDGE}: the change of the loss that its gradient predicts, and the change that is measured.`,
    head: ['', 'value', 'gradient', `gradient × ${NUDGE}`, 'measured change'],
    rows: leaves.map(({ name, value, gradient, predicted, measured }) => [
      ...[name, three(value), three(gradient), five(predicted), five(measured)],
    ]),
  };
}

function waysTable(ways: readonly (readonly Link[])[], { names, x }: SevenWeights): Table {
  return {
    caption: 'x is used twice: its gradient is the sum over both ways, not only the last of them.',
    head: ['way from the loss to x', 'product of its factors'],
    rows: [
      ...ways.map((way) => [way.map(({ to }) => names.get(to)).join(', '), three(productOf(way))]),
      ['sum', three(ways.reduce((sum, way) => sum + productOf(way), 0))],
      ['x.grad after .backward()', three(x.grad)],
    ],
  };
}
