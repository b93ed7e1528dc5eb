// Formats figures and names for the benchmark's tables, charts and terminal output.
import type { MeasuredResult, ScenarioReport } from './report.ts';
import type { Summary } from './statistics.ts';

export function count(x: number): string {
  return Math.round(x).toLocaleString('en-US');
}

/** Three figures: 0.123, 1.23, 12.3, 123, 1,230. */
export function short(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const x = Number(value.toPrecision(3));
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(x))));
  if (decimals > 6) return x.toExponential(1);
  return x >= 1000 ? count(x) : x.toFixed(decimals);
}

export function percent(share: number): string {
  return `${short(100 * share)} %`;
}

/** The quartiles; half of all rounds lie between them. */
export function spread({ q1, q3 }: Summary): string {
  return `${count(q1)} to ${count(q3)}`;
}

export function seconds(s: number): string {
  return s < 1 ? `${short(1000 * s)} ms` : `${short(s)} s`;
}

/** "784-128-10, SGD, batch 128, MNIST". */
export function describeTask(s: ScenarioReport): string {
  const widths = [s.network.inputs, ...s.network.layers.map(({ units }) => units)].join('-');
  const data = s.data === 'mnist' ? 'MNIST' : `random inputs, ${percent(s.density)} not zero`;
  const threads = s.threads === null ? [] : [`${s.threads} ${s.threads === 1 ? 'thread' : 'threads'}`];
  return [widths, s.optimizer.id === 'sgd' ? 'SGD' : 'Adam', `batch ${s.batchSize}`, data, ...threads].join(', ');
}

export function measured({ results }: ScenarioReport): MeasuredResult[] {
  return results.filter((r) => r.kind === 'measured');
}

export function labelOf(scenario: ScenarioReport, id: string | null): string {
  return measured(scenario).find((r) => r.id === id)?.label ?? id ?? '';
}

/** How the first wrong loss, or else the last loss, compares with the exact one. */
export function lossWords({ losses }: MeasuredResult): string {
  const check = losses.find(({ verdict }) => verdict !== 'same') ?? losses.at(-1);
  if (check === undefined) return '-';
  const { verdict, difference, allowed, steps, value } = check;
  const after = `${value.toPrecision(5)} after ${steps} steps`;
  const off = Number.isFinite(difference) ? `${difference.toExponential(1)} off` : 'infinitely off';
  if (verdict === 'same') return `${after}, ${off} (${allowed.toExponential(1)} allowed)`;
  if (verdict === 'other') return `${after}, ${off}: computes something else`;
  return `WRONG: ${after}, ${off} (${allowed.toExponential(1)} allowed)`;
}
