// backproof's check beside the gradient checks of PyTorch, JAX and SciPy, on the same functions and
// mistakes. Writes results/bench-check.md.
//
//   node --import tsx scripts/bench/gradients/bench.ts PYTHON    (with numpy, scipy, jax, torch)
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkGradient } from '../../../src/check/function/check-gradient.ts';
import { COMPARED, MISTAKES } from './functions.ts';

interface Run {
  readonly checker: string;
  readonly function: string;
  readonly precision: 'f64' | 'f32';
  readonly mistake: string;
  readonly accepted: boolean;
  /** Whether exactly the wrong entries were named. */
  readonly named?: boolean;
  readonly evaluations: number;
  readonly seconds: number;
}

const OWN = 'backproof check';
const ROUND = { f64: (x: number) => x, f32: Math.fround } as const;
/** Mistakes in few entries, which can be named. */
const FEW = [
  'the last entry zero',
  'one entry 1 % off',
  'one entry 1e-4 off',
  'one entry 1e-7 off',
  'two entries exchanged',
];

async function own(): Promise<Run[]> {
  const found: Run[] = [];
  for (const { name, at, ask } of COMPARED)
    for (const precision of ['f64', 'f32'] as const)
      for (const [mistake, change] of Object.entries(MISTAKES)) {
        const r = ROUND[precision];
        const gradient = (p: Float64Array): Float64Array => change(ask(p.map(r), r).gradient, p).map(r);
        const start = performance.now();
        const check = await checkGradient((p: Float64Array) => ask(p.map(r), r).value, {
          at: Float64Array.from(at, r),
          gradient,
        });
        const seconds = (performance.now() - start) / 1000;
        const [right, given] = [ask(Float64Array.from(at, r), r).gradient, gradient(Float64Array.from(at, r))];
        const wrong = [...right.keys()].filter((i) => right[i] !== given[i]);
        const names = check.tensors.flatMap((t) => t.wrong.map(({ index }) => index[0]));
        const named = names.length === wrong.length && wrong.every((i) => names.includes(i));
        const accepted = check.verdict !== 'disagree';
        const inconclusive = mistake === 'none' && check.verdict === 'inconclusive';
        found.push({
          ...{ checker: OWN, function: name, precision, mistake, accepted: accepted && !inconclusive, named },
          ...{ evaluations: check.evaluations.value, seconds },
        });
      }
  return found;
}

function peers(python: string): Run[] {
  const folder = mkdtempSync(join(tmpdir(), 'backproof-gradients-'));
  try {
    const file = join(folder, 'functions.json');
    const functions = COMPARED.map(({ name, at, data }) => ({ name, at, data }));
    writeFileSync(file, JSON.stringify({ functions, mistakes: Object.keys(MISTAKES) }));
    const script = fileURLToPath(new URL('gradients.py', import.meta.url));
    return JSON.parse(execFileSync(python, [script, file], { encoding: 'utf8', maxBuffer: 2 ** 26 })) as Run[];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function document(runs: readonly Run[]): string {
  const checkers = [...new Set(runs.map(({ checker }) => checker))];
  const cells = (checker: string, precision: Run['precision']): string[] => {
    const all = runs.filter((run) => run.checker === checker && run.precision === precision);
    const right = all.filter(({ mistake }) => mistake === 'none');
    const wrong = all.filter(({ mistake }) => mistake !== 'none');
    const few = wrong.filter(({ mistake }) => FEW.includes(mistake));
    const missed = [...new Set(wrong.filter(({ accepted }) => accepted).map(({ mistake }) => mistake))];
    const named = checker === OWN ? `${few.filter((run) => run.named).length} of ${few.length}` : 'none';
    const mean = (of: readonly Run[], what: 'evaluations' | 'seconds'): number =>
      of.reduce((s, run) => s + run[what], 0) / of.length;
    return [
      ...[checker, precision, `${right.filter(({ accepted }) => accepted).length} of ${right.length}`],
      ...[`${wrong.filter(({ accepted }) => !accepted).length} of ${wrong.length}`, named],
      ...[right.map(({ evaluations }) => evaluations).join(', '), mean(right, 'seconds').toFixed(3), missed.join('; ')],
    ];
  };
  const head = [
    'checker',
    'precision',
    'right accepted',
    'wrong caught',
    'wrong entries named',
    'evaluations of a right one',
    'seconds',
    'missed',
  ];
  const line = (c: readonly string[]): string => `| ${c.join(' | ')} |`;
  const table = [
    line(head),
    line(head.map(() => '---')),
    ...(['f64', 'f32'] as const).flatMap((p) => checkers.map((c) => line(cells(c, p)))),
  ];
  const names = COMPARED.map(({ name, at }) => `${name} (${at.length} parameters)`).join(', ');
  return [
    '# Gradient checks beside each other',
    '',
    `Functions: ${names}. Each once with its right gradient and with ${Object.keys(MISTAKES).length - 1} mistakes: ${Object.keys(MISTAKES).slice(1).join('; ')}. Every checker with its defaults; of scipy's distance, more than 1e-4 of the gradient counts as wrong. Evaluations are of the function, in the order of the functions; jax counts calls of the function that is differentiated. "Named": exactly the wrong entries, of the mistakes in one or two entries. Seconds are means for a right gradient, with the first call of each, which compiles.`,
    '',
    ...table,
    '',
    'Repeat: `node --import tsx scripts/bench/gradients/bench.ts PYTHON`, a Python with numpy, scipy, jax and torch.',
    '',
  ].join('\n');
}

const [, , python = 'python3'] = process.argv;
const runs = [...(await own()), ...peers(python)];
writeFileSync(fileURLToPath(new URL('../../../results/bench-check.md', import.meta.url)), document(runs));
process.stdout.write(document(runs));
