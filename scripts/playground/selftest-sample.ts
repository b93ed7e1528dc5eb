// `node --import tsx scripts/playground/selftest-sample.ts [HOW MANY]`: mistakes of the self-test
// through the worker behind the playground's editor in Chromium, and through the command line, as
// the same file on the same cases. Prints how many verdicts are the same, and which are not.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { DEFAULT_CONVENTIONS } from '../../src/candidates/conventions/conventions.ts';
import { presentParameters } from '../../src/candidates/present.ts';
import { nested } from '../../src/candidates/request.ts';
import type { FaultAt } from '../../src/faults/registry.ts';
import { faultById, faultName } from '../../src/faults/registry.ts';
import type { Batch } from '../../src/network/batch.ts';
import { toRows } from '../../src/numeric/matrix.ts';
import { createRng } from '../../src/numeric/rng.ts';
import { FIRST_CHOICE } from '../../src/playground/work/problem.ts';
import { answerOf } from '../../src/report/answer/answer.ts';
import type { GradcheckReport } from '../../src/report/report.ts';
import { jobsOf } from '../../src/selftest/kill-jobs.ts';
import { EXAMPLES } from '../../src/selftest/kills.ts';
import { randomBatch, randomParameters } from '../../src/selftest/random-problem.ts';
import { launchChromium } from '../chromium.ts';
import { ROOT } from '../package/pack.ts';
import { askWorker } from './ask-worker.ts';
import { buildPlayground } from './build.ts';
import { serve } from './serve.ts';

/** One mistake in one network. */
interface Sample {
  readonly fault: FaultAt;
  /** By which the candidate tells it from the others: a number of its first parameters. */
  readonly key: string;
  readonly caseText: string;
}

const count = Number(process.argv[2] ?? 100);
/** What a candidate can be wrong in: its gradients, its loss, its updates. */
const STAGES = ['gradient', 'loss', 'again', 'update'];

const jobs = jobsOf(true).filter(({ fault }) => STAGES.includes(faultById(fault.id).stage));
const samples = Array.from({ length: count }, (_, n) => sampleOf(Math.floor((n * jobs.length) / count)));
const folder = mkdtempSync(join(tmpdir(), 'backproof sample '));
try {
  const there = await onCommandLine();
  const here = await inPlayground();
  const others = samples.filter((_, n) => here[n] !== there[n]);
  const wrong = there.filter((words) => words.startsWith('disagree')).length;
  console.log(`${count} mistakes of the self-test, ${wrong} caught by the command line;`);
  console.log(`${count - others.length} of ${count} verdicts are the same in the playground's editor.`);
  for (const one of others) {
    const n = samples.indexOf(one);
    console.log(`${faultName(one.fault)}\n  command line: ${there[n] ?? ''}\n  playground:   ${here[n] ?? ''}`);
  }
  if (others.length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(); // the server has no end of its own

function sampleOf(n: number): Sample {
  const job = jobs[n];
  if (job === undefined) throw new Error('there are no mistakes');
  const { fault, setting } = job;
  const { network, optimizer } = setting;
  const rng = createRng(0, `sample ${n}`);
  const [start, batch] = [randomParameters(network, rng, 1), randomBatch(network, EXAMPLES, rng, 1)];
  const layers = presentParameters(network, start, DEFAULT_CONVENTIONS).map((layer) =>
    Object.fromEntries(Object.entries(layer).map(([role, shaped]) => [role, nested(shaped)])),
  );
  const document = {
    format: 'backproof-case/1',
    name: `${n} ${faultName(fault)}`,
    network,
    parameters: layers,
    batch: plainBatch(batch),
    optimizer,
  };
  return { fault, key: String(start[0]?.values[0]), caseText: JSON.stringify(document) };
}

function plainBatch({ inputs, targets, masks }: Batch): object {
  const rows = { inputs: toRows(inputs), targets: toRows(targets) };
  return masks === undefined ? rows : { ...rows, masks: masks.map((mask) => mask && toRows(mask)) };
}

/** A candidate that has, for each case, the mistake of that case. */
function candidate(core: string): string {
  const faults = Object.fromEntries(
    samples.map(({ key, fault, caseText }) => {
      const { optimizer } = JSON.parse(caseText) as { optimizer: unknown };
      return [key, { name: faultName(fault), optimizer }];
    }),
  );
  return `import { createVectorEngine, injectionOf, parseFault, zeroParameters } from '${core}';

const FAULTS = ${JSON.stringify(faults)};
let current = null;
let engine = null;
let updater = null;

const flat = (x) => (Array.isArray(x) ? x.flat(Infinity) : [x]);

function filled(network, layers) {
  const tensors = zeroParameters(network, 'f64');
  for (const { layer, role, values } of tensors) values.set(flat(layers[layer - 1][role]));
  return tensors;
}

function nest(values, [length, ...inner]) {
  if (inner.length === 0) return [...values];
  const size = values.length / length;
  return Array.from({ length }, (_, i) => nest(values.subarray(i * size, (i + 1) * size), inner));
}

function plain(network, tensors) {
  const layers = network.layers.map(() => ({}));
  for (const { layer, role, shape, values } of tensors) layers[layer - 1][role] = nest(values, shape);
  return layers;
}

const matrix = (rows) => ({ rows: rows.length, cols: rows[0].length, data: Float64Array.from(flat(rows)) });

function opened(network) {
  const { name, optimizer } = current;
  const setting = { network, optimizer, scaling: { mean: 0, deviation: 255 } };
  const injection = injectionOf(parseFault(name, setting), setting);
  return createVectorEngine(network, optimizer, { dtype: 'f64', injection });
}

export default async function ({ network, parameters, inputs, targets, masks }) {
  const start = filled(network, parameters);
  const known = FAULTS[String(start[0].values[0])];
  if (known !== undefined && known !== current) {
    current = known;
    engine = opened(network); // one for all questions: some mistakes keep what they have seen
  }
  await engine.load(start);
  const batch = { inputs: matrix(inputs), targets: matrix(targets) };
  if (masks !== undefined) batch.masks = masks.map((mask) => mask && matrix(mask));
  const { loss, gradients } = await engine.lossAndGradients(batch);
  return { loss, gradients: plain(network, gradients) };
}

export async function applyGradients({ network, parameters, gradients, step }) {
  if (step === 1) {
    updater = opened(network);
    await updater.load(filled(network, parameters));
  }
  await updater.applyGradients(filled(network, gradients));
  return { parameters: plain(network, await updater.parameters()) };
}
`;
}

/** Verdict, what is named, and the headline. */
function words(report: GradcheckReport): string {
  const [one] = report.cases;
  const named = [one?.gradientCheck.diagnosis, one?.updateCheck?.diagnosis].flatMap((diagnosis) =>
    (diagnosis?.mistakes ?? []).map(({ fault, layer }) => `${fault}@${String(layer)}`),
  );
  return `${report.verdict.kind}; ${named.join(', ')}; ${answerOf(report).headline}`;
}

async function onCommandLine(): Promise<string[]> {
  const core = join(folder, 'core.mjs');
  await build({
    entryPoints: [join(ROOT, 'src/core.ts')],
    bundle: true,
    format: 'esm',
    outfile: core,
    target: 'node20',
  });
  const file = join(folder, 'my-mlp.mjs');
  writeFileSync(file, candidate(core));
  const cases = join(folder, 'cases');
  mkdirSync(cases);
  samples.forEach(({ caseText }, n) => writeFileSync(join(cases, `${String(n).padStart(4, '0')}.json`), caseText));
  const out = join(folder, 'out');
  const args = ['scripts/run.mjs', 'gradcheck', '--case', cases, '--candidate', file, '--reference', 'vector'];
  // it disagrees, so its exit code is 1
  await promisify(execFile)(process.execPath, [...args, '--out', out, '--format', 'json'], { cwd: ROOT }).catch(
    () => undefined,
  );
  const report = JSON.parse(readFileSync(join(out, 'gradcheck.json'), 'utf8')) as GradcheckReport;
  return report.cases.map((one) => words({ ...report, cases: [one], verdict: one.verdict }));
}

async function inPlayground(): Promise<string[]> {
  const out = join(folder, 'site');
  await buildPlayground(out);
  const address = await serve(out);
  const worker = readdirSync(join(out, 'assets')).find((name) => name.startsWith('check-worker-')) ?? '';
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(`${address}#train`);
    const code = candidate('backproof/core');
    const found: string[] = [];
    for (const { caseText } of samples) {
      const job = { id: 1, name: 'my-mlp.mjs', code, chosen: FIRST_CHOICE, caseText };
      const outcome = JSON.parse(await askWorker(page, `${address}assets/${worker}`, job)) as {
        readonly report?: GradcheckReport;
        readonly said?: string;
      };
      found.push(outcome.report === undefined ? `failed; ${outcome.said ?? ''}` : words(outcome.report));
    }
    return found;
  } finally {
    await browser.close();
  }
}
