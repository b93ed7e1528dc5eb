// The proof of `backproof check`: thousands of right gradients, all mistakes of the tests in all
// functions, and slopes with a known derivative. Prints a table; takes some minutes.
//
//   node --import tsx scripts/check-proof.ts [--right 2000] [--slopes 10000] [--entries 100]
//     [--seed 1] [--verbose]
import { parseArgs } from 'node:util';
import { checkGradient } from '../src/check/function/check-gradient.ts';
import { createRng } from '../src/numeric/rng.ts';
import { BY_HAND, FUNCTIONS, drawn, inUnits } from '../test/check/function/functions.ts';
import { PRECISIONS, SMOOTH, drawSlope } from '../test/check/function/known-slopes.ts';
import { mnistNetwork } from '../test/check/function/mnist.ts';
import type { Tree } from '../test/check/function/mnist.ts';
import { MISTAKES } from '../test/check/function/mistakes.ts';
import { ROUNDINGS } from '../test/check/function/tape.ts';
import { bugsOf, byHandMade, byRule, tryOut } from '../test/check/function/trial.ts';
import type { Dtype, Wrong } from '../test/check/function/trial.ts';

const DTYPES: readonly Dtype[] = ['f64', 'f32'];
const MOST_EVALUATIONS = 120;

type Tally = Map<string, number>;
const add = (tally: Tally, name: string, n = 1): Tally => tally.set(name, (tally.get(name) ?? 0) + n);

function printed(title: string, tallies: ReadonlyMap<string, Tally>): void {
  process.stdout.write(`\n${title}\n`);
  for (const [name, tally] of tallies)
    process.stdout.write(`  ${name}: ${[...tally].map(([what, n]) => `${what} ${n}`).join(', ')}\n`);
}

const { values: options } = parseArgs({
  options: {
    right: { type: 'string', default: '2000' },
    slopes: { type: 'string', default: '10000' },
    entries: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    'no-mistakes': { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});
const seed = Number(options.seed);
const say = (text: string): void => {
  if (options.verbose) process.stdout.write(`${text}\n`);
};

/** Right gradients at random sizes, points and units from 1e-6 to 1e6. */
async function rights(count: number): Promise<Map<string, Tally>> {
  const found = new Map<string, Tally>(DTYPES.map((dtype) => [dtype, new Map<string, number>()]));
  for (let n = 0; n < count; n++) {
    const one = FUNCTIONS[n % FUNCTIONS.length];
    const dtype = DTYPES[Math.floor(n / FUNCTIONS.length) % 2];
    const rng = createRng(seed, `right ${n}`);
    const unit = 10 ** (12 * rng.uniform() - 6);
    const { at, f } = inUnits(drawn(one, rng, ROUNDINGS[dtype]), unit);
    const check = await checkGradient(f, { at, seed: n });
    const tally = found.get(dtype) as Tally;
    add(tally, check.reason === null ? check.verdict : `${check.verdict} (${check.reason})`);
    if (check.evaluations.value > MOST_EVALUATIONS) add(tally, 'over 120 evaluations');
    if (check.verdict !== 'agree' || check.evaluations.value > MOST_EVALUATIONS)
      say(`${n} ${one.name}, ${dtype}, unit ${unit}: ${check.verdict} in ${check.evaluations.value}`);
  }
  return found;
}

/** Every mistake by rule in every function, and every mistake by hand; in both precisions. */
async function mistakes(): Promise<Map<string, Tally>> {
  const found = new Map<string, Tally>();
  const tried = async (kind: string, name: string, made: Wrong): Promise<void> => {
    const { short, looks, tensors, few, check } = await tryOut(made, seed);
    const key = `${kind}, ${made.dtype}`;
    const tally = found.get(key) ?? new Map<string, number>();
    found.set(key, tally);
    add(tally, 'mistakes');
    add(tally, 'caught', short.includes('missed') ? 0 : 1);
    add(tally, 'tensors named right', short.includes('tensor') ? 0 : 1);
    add(tally, 'tensors wrong', tensors);
    add(tally, 'with fewer than a tenth wrong', few);
    add(tally, 'entries named falsely or not', short.includes('entries') ? 1 : 0);
    add(tally, 'looks told', looks);
    add(tally, 'looks false', short.includes('look') ? 1 : 0);
    if (short.length > 0) say(`${name}, ${made.dtype}: ${short.join(', ')}; ${JSON.stringify(check.tensors)}`);
  };
  for (const dtype of DTYPES) {
    for (const one of BY_HAND)
      for (const bug of bugsOf(one))
        for (let n = seed; n < seed + 10; n++) {
          const made = byHandMade(one, bug, dtype, n);
          if (made === null) continue;
          await tried('by hand', `${one.name}: ${bug}`, made);
          break;
        }
    for (const one of FUNCTIONS)
      for (const mistake of MISTAKES) {
        const made = byRule(one, mistake, dtype, seed);
        if (made !== null) await tried('by rule', `${one.name}: ${mistake.name}`, made);
      }
  }
  return found;
}

/** Slopes beside the true ones: how often the error that is claimed does not hold. */
async function slopes(count: number): Promise<Map<string, Tally>> {
  const found = new Map<string, Tally>();
  for (const dtype of DTYPES) {
    const tally: Tally = new Map();
    found.set(dtype, tally);
    for (let n = 0; n < count / 2; n++) {
      const one = SMOOTH[n % SMOOTH.length];
      const { found: slope, right } = await drawSlope(one, createRng(seed, `slope ${n}`), PRECISIONS[dtype]);
      const isClear = slope.error <= 0.1 * slope.size;
      add(tally, isClear ? 'clear' : 'not clear');
      if (!isClear) continue;
      const apart = Math.abs(slope.slope - right);
      if (!(apart <= slope.error)) add(tally, 'beyond the error');
      if (!(apart <= 2 * slope.error)) {
        add(tally, 'beyond twice the error');
        say(`slope ${n} ${one[0]}, ${dtype}: ${slope.slope} ± ${slope.error}, right ${right}`);
      }
      if (slope.isKink) add(tally, 'called a kink');
    }
  }
  return found;
}

/** An entry of 784-128-10 on MNIST, not 0, off by a share of itself: caught, and named alone. */
async function entries(count: number): Promise<Map<string, Tally>> {
  const found = new Map<string, Tally>();
  for (const [activation, mistake] of [
    ['tanh', 1e-6],
    ['relu', 1e-4],
  ] as const) {
    const tally: Tally = new Map();
    found.set(`${activation}, off by ${mistake}`, tally);
    const { at, value, gradient } = await mnistNetwork(activation);
    const right = await gradient(at);
    const all = Object.entries(right).flatMap(([path, g]) =>
      [...g.keys()].filter((i) => g[i] !== 0).map((i) => [path, i] as const),
    );
    const rng = createRng(seed, `mnist ${activation}`);
    for (let n = 0; n < count; n++) {
      const [path, place] = all[rng.below(all.length)];
      const off = async (tree: Tree): Promise<Tree> => {
        const g = await gradient(tree);
        g[path][place] *= 1 + mistake;
        return g;
      };
      const check = await checkGradient(value, { at, gradient: off, seed: n });
      const names = check.tensors.flatMap((t) => t.wrong.map(({ name }) => name));
      const isNamed = names.length === 1 && names[0] === `${path}[${place}]`;
      add(tally, 'entries');
      add(tally, 'caught', check.verdict === 'disagree' ? 1 : 0);
      add(tally, 'named alone', isNamed ? 1 : 0);
      add(tally, 'over 300 evaluations', check.evaluations.value > 300 ? 1 : 0);
      say(`${activation} ${path}[${place}]: ${check.verdict}, ${names.join()}, ${check.evaluations.value} evaluations`);
    }
  }
  return found;
}

printed(
  `Right gradients (${FUNCTIONS.length} functions, ${BY_HAND.length} by hand)`,
  await rights(Number(options.right)),
);
if (!options['no-mistakes']) printed('Mistakes', await mistakes());
printed('Slopes with a known derivative', await slopes(Number(options.slopes)));
printed('One wrong entry of 101,770', await entries(Number(options.entries)));
