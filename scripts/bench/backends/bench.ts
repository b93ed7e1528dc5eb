// How far each backend of TensorFlow.js is from the exact gradient, and how fast it is:
//
//   node --import tsx scripts/bench/backends/bench.ts [--backend webgl]... [--out results]
//
// Writes backends.md and prints it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BACKENDS } from '../../../src/engines/tfjs/backends.ts';
import type { BackendId } from '../../../src/engines/tfjs/backends.ts';
import { endBrowsers } from '../../../src/engines/tfjs/browser/open-browsers.ts';
import { EngineUnavailableError } from '../../../src/errors.ts';
import { environment } from '../../../src/program/environment.ts';
import { EXIT } from '../../../src/program/exit-codes.ts';
import { markdownTable } from '../../../src/report/formats/markdown-table.ts';
import { measureBackend } from './measure.ts';
import type { Measured } from './measure.ts';
import { FUNCTIONS, problems } from './tasks.ts';

const { values } = parseArgs({
  options: { backend: { type: 'string', multiple: true }, out: { type: 'string', default: 'results' } },
});
const all = BACKENDS.filter((id) => id !== 'auto');
const unknown = values.backend?.find((id) => !(all as readonly string[]).includes(id));
if (unknown !== undefined) {
  process.stderr.write(`--backend: expected one of ${all.join(', ')}, got "${unknown}"\n`);
  process.exit(EXIT.usage);
}
const wanted = all.filter((id) => values.backend?.includes(id) ?? true);
const measured: Measured[] = [];
const missing: string[] = [];
for (const id of wanted) await measure(id);
await endBrowsers();
const text = page();
writeFileSync(join(values.out, 'backends.md'), text);
process.stdout.write(text);

async function measure(id: BackendId): Promise<void> {
  process.stderr.write(`${id}\n`);
  try {
    measured.push(await measureBackend(id));
  } catch (error) {
    if (!(error instanceof EngineUnavailableError)) throw error;
    missing.push(`${id}: ${error.message}`);
  }
}

function page(): string {
  const { cpu, cores, node } = environment();
  const ids = measured.map(({ backend }) => backend);
  const rows = problems().map(({ name }, p) => [name, ...measured.map(({ distances }) => distanceText(distances[p]))]);
  const functions = FUNCTIONS.map((id, f) => [id, ...measured.map((one) => errorText(one.functions[f]))]);
  const speeds = [
    ['a training step, ms', ...measured.map((one) => one.millisecondsPerStep.toPrecision(3))],
    ['the first gradient, s', ...measured.map((one) => (one.firstGradient / 1000).toFixed(1))],
  ];
  return [
    '# Backends of TensorFlow.js, measured',
    '',
    `${new Date().toISOString().slice(0, 10)}, ${cpu}, ${cores} cores, Node ${node}.`,
    '',
    ...measured.map(({ backend, on }) => `- ${backend}: ${on}`),
    ...missing.map((line) => `- ${line}`),
    '',
    'Distance from the exact gradient, ‖g − exact‖ / ‖exact‖, and the largest share of the bound:',
    '',
    ...table(['network', ...ids], rows),
    '',
    'Worst error of a function on [−20, 20], in units of 2⁻²⁴: relative / absolute:',
    '',
    ...table(['function', ...ids], functions),
    '',
    '784-128-10 with batches of 64:',
    '',
    ...table(['', ...ids], speeds),
    '',
  ].join('\n');
}

function distanceText({ relative, ofBound }: Measured['distances'][number]): string {
  return `${relative.toExponential(1)}, ${(100 * ofBound).toPrecision(2)} %`;
}

function errorText({ relative, absolute }: Measured['functions'][number]): string {
  const short = (x: number): string => (x >= 1000 ? x.toExponential(1) : x.toPrecision(2));
  return `${short(relative)} / ${short(absolute)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return markdownTable(head, rows, (column) => (column === 0 ? '---' : '---:'));
}
