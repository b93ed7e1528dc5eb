// How a dz that follows no single formula differs from the right one: unit by unit, by the units of
// the layer above, by the sign of z, or by a limit.
import type { NetworkSpec } from '../../../network/spec.ts';
import { activationOf } from '../../../ops/registry.ts';
import { derivativesFor, rightDerivative } from './derivatives.ts';
import { peakOf } from '../../../numeric/bounds/extremes.ts';
import { dot } from '../../../numeric/norms.ts';
import { areClose } from '../close.ts';
import { fitted } from '../least-squares.ts';
import { passedBack } from './example.ts';
import { formatNumber, isTelling } from './fit.ts';
import type { Pair } from './fit.ts';
import { roundingOf } from '../rounding/of-pairs.ts';
import type { Observed } from './scores.ts';
import { inLayer } from './signals.ts';

/** What is used in place of the right formula. */
export interface Deviation {
  readonly used: string;
  readonly text: string;
}

/** One example: what the engine has, and the right one given what it has above. */
interface Beside extends Observed {
  readonly right: Float64Array;
  /** The right gradient with respect to a; null where the activation cannot be taken out. */
  readonly da: Float64Array | null;
  readonly slope: Float64Array;
}

/**
 * @param l from 0
 * @param right the right dz of each example, given what the engine has above
 */
export function deviationOf(
  network: NetworkSpec,
  l: number,
  observed: readonly Observed[],
  right: readonly Float64Array[],
): Deviation | null {
  const page = activationOf(network.layers[l].activation);
  const all = observed.map((one, n): Beside => {
    const { z, a } = one.example.layers[l];
    const slope = page.kind === 'elementwise' ? rightDerivative(page).at(z, a) : z.map(() => 1);
    const back = one.above === null ? null : passedBack(one.example.layers[l + 1], one.above);
    const taken =
      page.kind === 'elementwise' && slope.every((x) => x !== 0) ? right[n].map((x, j) => x / slope[j]) : null;
    return { ...one, right: right[n], slope, da: page.kind === 'elementwise' ? (back ?? taken) : null };
  });
  const name = `dz${l + 1}`;
  return (
    perUnit(name, all) ??
    clipped(name, all) ??
    rounded(name, all) ??
    (page.kind === 'elementwise'
      ? (bySign(network, l, all) ?? perSource(l, all) ?? otherMatrix(network, l, all))
      : null)
  );
}

/** found = c_j · right, with a factor for each unit that is the same in all examples. */
function perUnit(name: string, all: readonly Beside[]): Deviation | null {
  const pairs = all.map(({ dz, right }) => ({ found: dz, wanted: right }));
  const said = factorsBy((j) => j, pairs);
  if (said === null) return null;
  return {
    used: `the right ${name} with a factor for each unit`,
    text: `${name} is the right one with a factor for each unit: ${said}.`,
  };
}

/**
 * The factors between found and wanted, one for each group of entries, in words; null if there are
 * none, or too many.
 * @param group the group of an entry, from 0
 */
export function factorsBy(group: (at: number) => number, pairs: readonly Pair[]): string | null {
  const [products, squares] = [[], []] as number[][];
  for (const { found, wanted } of pairs) {
    wanted.forEach((x, at) => {
      const g = group(at);
      products[g] = (products[g] ?? 0) + x * found[at];
      squares[g] = (squares[g] ?? 0) + x * x;
    });
  }
  const factors = products.map((sum, g) => (squares[g] > 0 ? sum / squares[g] : NaN));
  const fits = pairs.every(({ found, wanted }) =>
    areClose(
      found,
      wanted.map((x, at) => (x === 0 ? 0 : x * factors[group(at)])),
    ),
  );
  if (!fits || pairs.length < 4 || factors.length < 2) return null;
  return listed(factors);
}

/**
 * "0 for units 1 and 3, 1.25 for the others"; units count from 0, as in reports. null if all are
 * different, or 1.
 * @param factors NaN where nothing shows the factor
 */
export function listed(factors: readonly number[]): string | null {
  const groups = new Map<string, number[]>();
  factors.forEach((factor, j) => {
    if (Number.isNaN(factor)) return;
    const key = formatNumber(Math.abs(factor) < 1e-6 ? 0 : factor);
    groups.set(key, [...(groups.get(key) ?? []), j]);
  });
  const sorted = [...groups].sort(([, a], [, b]) => a.length - b.length);
  const isOne = (x: number): boolean => Number.isNaN(x) || Math.abs(x - 1) <= BARELY;
  if (sorted.length > MOST_GROUPS || factors.every(isOne)) return null;
  const others = factors.some(Number.isNaN) ? 'the others that show' : 'the others';
  const parts = sorted.map(([factor, units], g) =>
    g === sorted.length - 1 && sorted.length > 1
      ? `${factor} for ${others}`
      : `${factor} for ${units.length === 1 ? `entry ${units[0]}` : units.length <= MOST_NAMED ? `entries ${units.join(', ')}` : `${units.length} of them`}`,
  );
  return parts.join('; ');
}

const MOST_GROUPS = 3;
/** Factors so near to 1 are what rounding to few digits looks like. */
const BARELY = 2e-3;
const MOST_NAMED = 6;

/** The right numbers, but none beyond a limit. */
function clipped(name: string, all: readonly Beside[]): Deviation | null {
  const limit = limitOf(all.map(({ dz, right }) => ({ found: dz, wanted: right })));
  if (limit === null) return null;
  const text = `the right ${name}, clipped to ±${formatNumber(limit)}`;
  return { used: text, text: `${name} is ${text}.` };
}

/** The limit to which right numbers are cut, of which some are beyond it and some not; or null. */
export function limitOf(pairs: readonly Pair[]): number | null {
  const limit = Math.max(...pairs.map(({ found }) => peakOf(found)));
  const sizes = pairs.flatMap(({ wanted }) => Array.from(wanted, Math.abs));
  const beyond = sizes.filter((x) => x > limit * 1.001).length;
  const within = sizes.filter((x) => x > 0 && x < limit * 0.999).length;
  const cut = (x: number): number => Math.max(-limit, Math.min(limit, x));
  const fits =
    Math.min(beyond, within) >= LEAST && pairs.every(({ found, wanted }) => areClose(found, wanted.map(cut)));
  return fits ? limit : null;
}

/** Numbers on each side of a limit. */
const LEAST = 3;

/** The right numbers with few digits. */
function rounded(name: string, all: readonly Beside[]): Deviation | null {
  const pairs = all.map(({ dz, right }) => ({ found: dz, wanted: right }));
  const how = roundingOf(pairs);
  if (how === null) return null;
  return { used: `${name} = the right ${name}, ${how}`, text: `${name} is the right ${name}, ${how}.` };
}

/** A derivative with a factor is told where at least so many numbers follow it. */
const SCALED = 8;

/** One derivative where z > 0, and another one elsewhere. */
function bySign(network: NetworkSpec, l: number, all: readonly Beside[]): Deviation | null {
  const page = activationOf(network.layers[l].activation);
  if (page.kind !== 'elementwise') return null;
  const derivatives = derivativesFor(page);
  const part = (isIn: (z: number) => boolean): string | null => {
    const [found, da] = [[], []] as number[][];
    const slopes = derivatives.map((): number[] => []);
    for (const { example, dz, da: own } of all) {
      const { z, a } = example.layers[l];
      if (own === null) return null;
      const at = derivatives.map((derivative) => derivative.at(z, a));
      z.forEach((value, j) => {
        if (!isIn(value)) return;
        found.push(dz[j]);
        da.push(own[j]);
        at.forEach((slope, d) => slopes[d].push(slope[j] * own[j]));
      });
    }
    if (found.length < 4) return null;
    const same = (numbers: readonly number[]): boolean =>
      areClose(Float64Array.from(found), Float64Array.from(numbers));
    const c = dot(found, da) / dot(da, da);
    if (same(da.map((x) => c * x))) return formatNumber(Math.abs(c) < 1e-6 ? 0 : c);
    const fits = (numbers: readonly number[]): boolean =>
      same(numbers) && isTelling([{ found: Float64Array.from(found), wanted: Float64Array.from(numbers) }]);
    const d = slopes.findIndex(fits);
    if (d >= 0) return inLayer(derivatives[d], l);
    const scaled = slopes.map((numbers) => {
      const factor = dot(found, numbers) / dot(numbers, numbers);
      return { factor, numbers: numbers.map((x) => factor * x) };
    });
    const times = found.length < SCALED ? -1 : scaled.findIndex(({ numbers }) => fits(numbers));
    if (times < 0) return null;
    const of = inLayer(derivatives[times], l);
    return `${formatNumber(scaled[times].factor)} ${of.includes(' ') ? `(${of})` : of}`;
  };
  const [above, below] = [part((z) => z > 0), part((z) => z <= 0)];
  if (above === null || below === null) return null;
  const used = `${above} where z${l + 1} > 0, else ${below}`;
  const right = inLayer({ text: page.formula.derivative }, l);
  return {
    used: `dz${l + 1} = ${all[0].above === null ? `da${l + 1}` : `(dz${l + 2} W${l + 2}ᵀ)`} ⊙ (${used})`,
    text: `The derivative in use in dz${l + 1} is ${used}; for ${page.id} it is ${right}.`,
  };
}

/** da = Σ_k c_k W_jk s_k: the units of the layer above do not all count alike. */
function perSource(l: number, all: readonly Beside[]): Deviation | null {
  const rows: number[][] = [];
  const found: number[] = [];
  for (const { example, dz, above, slope } of all) {
    if (above === null) return null;
    const { W } = example.layers[l + 1];
    const O = above.length;
    if (dz.some((x, j) => slope[j] === 0 && x !== 0)) return null;
    dz.forEach((x, j) => {
      if (slope[j] === 0) return;
      rows.push(Array.from(above, (s, k) => W[j * O + k] * s * slope[j]));
      found.push(x);
    });
  }
  const K = rows.at(0)?.length ?? 0;
  if (K < 2 || K > MOST_SOURCES || rows.length < 2 * K) return null;
  const columns = Array.from({ length: K }, (_, k) => rows.map((row) => row[k]));
  const factors = fitted(
    columns,
    found,
    found.map(() => 1),
  );
  if (factors === null) return null;
  const sums = rows.map((row) => dot(row, factors));
  if (!areClose(Float64Array.from(found), Float64Array.from(sums))) return null;
  const said = listed(factors);
  if (said === null) return null;
  const text = `the entries of dz${l + 2} do not all count alike: ${said}`;
  return { used: `dz${l + 2} W${l + 2}ᵀ, where ${text}`, text: `In what goes back to layer ${l + 1}, ${text}.` };
}

/** da = M s with one matrix M at all parameters: it is not made of W. */
function otherMatrix(network: NetworkSpec, l: number, all: readonly Beside[]): Deviation | null {
  const K = network.layers[l + 1]?.units ?? 0;
  if (K === 0 || K > MOST_SOURCES || all.length < K + MORE_EXAMPLES) return null;
  const sources = all.flatMap(({ above }) => (above === null ? [] : [above]));
  if (sources.length < all.length) return null;
  // the dz of a softmax add up to 0: the last one says nothing new
  const isFlat = sources.every((s) => Math.abs(s.reduce((sum, x) => sum + x, 0)) <= 1e-5 * Math.sqrt(dot(s, s)));
  const own = isFlat ? K - 1 : K;
  for (let j = 0; j < network.layers[l].units; j++) {
    const on = all.filter(({ slope }) => slope[j] !== 0);
    if (on.length < K + MORE_EXAMPLES) return null;
    const found = on.map(({ dz, slope }) => dz[j] / slope[j]);
    const columns = Array.from({ length: own }, (_, k) => on.map(({ above }) => above?.[k] ?? NaN));
    const row = fitted(
      columns,
      found,
      found.map(() => 1),
    );
    if (row === null) return null;
    const sums = on.map((_, n) => row.reduce((sum, m, k) => sum + m * columns[k][n], 0));
    if (!areClose(Float64Array.from(found), Float64Array.from(sums))) return null;
  }
  const [n, up] = [l + 1, l + 2];
  return {
    used: `dz${n} = (dz${up} M) ⊙ f'(z${n}), with a matrix M that is the same for any W${up}`,
    text: `What goes back to layer ${n} is dz${up} times a matrix that is not W${up}ᵀ: it stays the same where W${up} changes.`,
  };
}

/** Examples beyond those that any matrix explains. */
const MORE_EXAMPLES = 3;

/** So many unknowns are solved for at once. */
const MOST_SOURCES = 40;
