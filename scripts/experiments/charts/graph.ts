// Draws a graph of the autograd engine, laid out by Graphviz. A node shows its name, value and gradient; an edge shows the
// derivative of its target with respect to its source.
import { instance } from '@viz-js/viz';
import type { Graph } from '@viz-js/viz';
import type { Value } from '../../../src/engines/autograd/value.ts';
import { htmlText } from '../../../src/report/formats/html-text.ts';
import { COLOURS, FONT } from '../../palette.ts';
import { INK, PAPER, SIZE } from './look.ts';

export interface GraphDrawing {
  /** The last value; the graph shows everything it was computed from. */
  readonly root: Value;
  /** A unique name for every node. */
  readonly names: ReadonlyMap<Value, string>;
  /** The learnt leaves; the others are given. */
  readonly learnt: ReadonlySet<Value>;
  readonly format: (x: number) => string;
}

/** Used for the layout, because Graphviz knows its letter widths; the drawing uses FONT. */
const MEASURED = 'Arial';

/** Outline and shape each tell the kinds of nodes apart. */
const LOOK = {
  learnt: { shape: 'box', color: COLOURS.blue, penwidth: 3 },
  given: { shape: 'box', style: 'dashed', color: COLOURS.vermilion, penwidth: 2 },
  computed: { shape: 'box', style: 'rounded', color: INK },
};

export async function drawGraph(drawing: GraphDrawing): Promise<string> {
  const viz = await instance();
  return tidied(viz.renderString(graphvizInput(drawing), { format: 'svg', engine: 'dot' }));
}

/** One node per value, one edge per operand. @throws RangeError if a value has no name, or the name of another */
export function graphvizInput({ root, names, learnt, format }: GraphDrawing): Graph {
  const values = root.history();
  const nameOf = (value: Value): string => {
    const name = names.get(value);
    if (name === undefined) throw new RangeError(`a value of ${value.data} made by "${value.operation}" has no name`);
    return name;
  };
  if (new Set(values.map(nameOf)).size < values.length) throw new RangeError('two values have one name');
  return {
    directed: true,
    graphAttributes: { rankdir: 'TB', bgcolor: PAPER, nodesep: 0.12, ranksep: 0.3, margin: 0.05 },
    nodeAttributes: { fontname: MEASURED, fontsize: SIZE, fontcolor: INK, margin: '0.09,0.05', height: 0.3 },
    edgeAttributes: { fontname: MEASURED, fontsize: SIZE - 2, fontcolor: INK, color: INK, arrowsize: 0.7 },
    nodes: values.map((value) => ({
      name: nameOf(value),
      attributes: { label: { html: label(nameOf(value), value, format) }, ...LOOK[kindOf(value, learnt)] },
    })),
    edges: values.flatMap((value) =>
      value.operands.map((operand, k) => ({
        ...{ tail: nameOf(operand), head: nameOf(value) },
        attributes: { label: ` × ${format(value.slopes[k])}` },
      })),
    ),
  };
}

function kindOf(value: Value, learnt: ReadonlySet<Value>): keyof typeof LOOK {
  if (value.operands.length > 0) return 'computed';
  return learnt.has(value) ? 'learnt' : 'given';
}

function label(name: string, { data, grad, operation }: Value, format: (x: number) => string): string {
  const made = operation === '' ? '' : `  (${operation})`;
  return `<b>${htmlText(name)}</b>${htmlText(made)}<br/>${format(data)}<br/>grad ${format(grad)}`;
}

/** Removes the declaration, comments and ids, which a page does not need, and sets the size in pixels. */
function tidied(svg: string): string {
  return svg
    .slice(svg.indexOf('<svg'))
    .replaceAll(/ id="[^"]*"/g, '')
    .replaceAll(/<!--.*?-->\n?/gs, '')
    .replace(/width="([\d.]+)pt"/, (_, points: string) => `width="${Math.ceil(Number(points))}"`)
    .replace(/height="([\d.]+)pt"/, (_, points: string) => `height="${Math.ceil(Number(points))}"`)
    .replaceAll(`font-family="${MEASURED}"`, `font-family="${FONT}"`)
    .trim();
}
