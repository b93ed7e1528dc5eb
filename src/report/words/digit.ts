// Draws a picture and its class probabilities as text; of regression, lists outputs and targets.
import { formatNumber } from './numbers.ts';

const SHADES = ' .:-=+*#%@'; // from no ink to full ink

/**
 * Draws rows x cols bytes (0: no ink, 255: full ink) as lines of text, with two characters per
 * pixel to keep its proportions.
 */
export function drawImage(pixels: ArrayLike<number>, rows: number, cols: number): string {
  const lines: string[] = [];
  for (let r = 0; r < rows; r++) {
    let line = '';
    for (let c = 0; c < cols; c++) {
      const shade = SHADES[Math.round((pixels[r * cols + c] / 255) * (SHADES.length - 1))];
      line += shade + shade;
    }
    lines.push(line.trimEnd());
  }
  return `${lines.join('\n')}\n`;
}

const BAR_WIDTH = 40;

/** One engine's outputs for an example. */
export interface Shares {
  readonly label: string;
  readonly outputs: readonly number[];
  readonly predicted: number;
}

/**
 * One line per class: the outputs of both engines, a bar of the candidate's, and marks at the
 * predicted class and the label.
 * @param label the right class, if it is known
 */
export function drawProbabilities(candidate: Shares, reference: Shares, label: number | null): string {
  const same = candidate.predicted === reference.predicted;
  const widths = [candidate, reference].map((engine) => Math.max(8, engine.label.length));
  const head = `     ${candidate.label.padStart(widths[0])}  ${reference.label.padStart(widths[1])}\n`;
  const lines = candidate.outputs.map((share, k) => {
    const bar = '█'.repeat(Math.max(0, Math.min(BAR_WIDTH, Math.round(share * BAR_WIDTH))));
    const marks = [
      ...(k === candidate.predicted ? [same ? 'predicted' : `predicted by ${candidate.label}`] : []),
      ...(k === reference.predicted && !same ? [`predicted by ${reference.label}`] : []),
      ...(k === label ? ['label'] : []),
    ].join(', ');
    const columns = [share, reference.outputs[k]].map((x, n) => `${(100 * x).toFixed(2)} %`.padStart(widths[n]));
    return `${String(k).padStart(3)}  ${columns.join('  ')}  ${bar}${marks === '' ? '' : `  <- ${marks}`}`.trimEnd();
  });
  return `${head}${lines.join('\n')}\n`;
}

/** One line per output: those of both engines, and what they should be. */
export function listOutputs(candidate: Shares, reference: Shares, targets: readonly number[]): string {
  const rows = targets.map((t, k) => [candidate.outputs[k], reference.outputs[k], t].map((x) => formatNumber(x, 6)));
  const head = [candidate.label, reference.label, 'target'];
  const widths = head.map((word, c) => Math.max(word.length, ...rows.map((row) => row[c].length)));
  const line = (first: string, cells: readonly string[]): string =>
    `${first.padStart(3)}  ${cells.map((cell, c) => cell.padStart(widths[c])).join('  ')}`;
  return `${[line('', head), ...rows.map((row, k) => line(String(k), row))].join('\n')}\n`;
}
