// How the scores that an engine used differ from x W + b, as far as its activations show them: by a
// factor of a part, of a unit or of an input.
import { dot } from '../../../numeric/norms.ts';
import type { ActivationPage } from '../../../ops/activations/page.ts';
import { areClose } from '../close.ts';
import { fitted } from '../least-squares.ts';
import { factorsBy, listed } from './deviations.ts';
import { factorOf, formatNumber } from './fit.ts';
import { product } from './score-forms.ts';
import type { LayerOf } from './example.ts';

/** One example: its layer with the right W and b and the engine's own input x, and its own z. */
export interface Behind {
  readonly layer: LayerOf;
  /** (O); NaN where the activations do not show it. */
  readonly z: Float64Array;
}

/**
 * The scores behind activations: z with f(z) = a. NaN where many scores have this activation, or
 * where rounding of a would be a large share of z.
 * @param near where to begin: the right scores. (O)
 */
export function scoresBehind(page: ActivationPage, a: Float64Array, near: Float64Array): Float64Array {
  const [value, slope, one] = [new Float64Array(1), new Float64Array(1), Float64Array.of(1)];
  page.forward(value, Float64Array.of(-1));
  const isFlat = value[0] === 0;
  return a.map((wanted, o) => {
    if (wanted === 0 && isFlat) return NaN; // of relu: of any score below 0
    for (const begin of [near[o], wanted, 0.5, -0.5]) {
      const z = Float64Array.of(begin);
      for (let n = 0; n < MOST_STEPS; n++) {
        page.forward(value, z);
        page.backward(slope, one, z, value);
        const step = (value[0] - wanted) / slope[0];
        if (Math.abs(slope[0]) > FLAT && Math.abs(step) <= NEAR * (1 + Math.abs(z[0]))) return z[0];
        z[0] -= Math.max(-2, Math.min(2, step));
      }
    }
    return NaN;
  });
}

const MOST_STEPS = 30;
/** A share of a score that is no longer looked for. */
const NEAR = 1e-9;
/** Rounding of a is at most 1/FLAT times as large in z. */
const FLAT = 0.05;

/**
 * How the scores differ, as a formula; null if not in one of these ways.
 * @param upToSum whether all scores of an example may be off by one number: softmax hides it
 */
export function scoreDeviation(n: number, all: readonly Behind[], upToSum: boolean): ScoreDeviation | null {
  return ofParts(n, all, upToSum) ?? perUnit(n, all, upToSum) ?? perInput(n, all, upToSum);
}

/** Its right-hand side. */
export interface ScoreDeviation {
  readonly used: string;
}

/** z = c x W + d b */
function ofParts(n: number, all: readonly Behind[], upToSum: boolean): ScoreDeviation | null {
  const parts = equationsOf(all, upToSum, ({ layer }) => [product(layer), layer.b]);
  if (parts === null) return null;
  const hasBias = parts.columns[1].some((value) => value !== 0);
  const factors = solved(hasBias ? parts : { ...parts, columns: parts.columns.slice(0, 1) });
  if (factors === null) return null;
  const [c, d = 0] = factors.map((value) => (Math.abs(value - 1) < 1e-4 ? 1 : Math.abs(value) < 1e-4 ? 0 : value));
  if ([c, d].every((value) => Math.abs(value - 1) < BARELY)) return null;
  const [xW, b] = [`${n === 1 ? 'x' : `a${n - 1}`} W${n}`, `b${n}`];
  const term = (factor: number, of: string): string[] =>
    factor === 0 ? [] : [factor === 1 ? of : `${formatNumber(factor)} · ${of}`];
  if (hasBias && Math.abs(c - d) <= 1e-4 * Math.abs(c)) {
    const also = upToSum && Math.abs(c - Math.LN2) <= 1e-4 ? ', or the softmax has powers of 2: the same' : '';
    return { used: `${formatNumber(c)} · (${xW} + ${b})${also}` };
  }
  return { used: [...term(c, xW), ...term(d, b)].join(' + ') || '0' };
}

/** A factor this near to 1 may be what rounding to few digits looks like. */
const BARELY = 0.01;

/** A factor for each unit, of b, of x W or of both. */
function perUnit(n: number, all: readonly Behind[], upToSum: boolean): ScoreDeviation | null {
  const [x, b] = [n === 1 ? 'x' : `a${n - 1}`, `b${n}`];
  const xW = `${x} W${n}`;
  const of: readonly (readonly [string, 0 | 1, 0 | 1])[] = [
    [b, 0, 1],
    [xW, 1, 0],
    [`${xW} + ${b}`, 1, 1],
  ];
  for (const [name, hasProduct, hasBias] of of) {
    const parts = all.map(({ layer, z }) => {
      const product_ = product(layer);
      const part = (p: 0 | 1, q: 0 | 1): Float64Array => product_.map((value, o) => p * value + q * layer.b[o]);
      return {
        layer,
        z: minus(z, part(hasProduct === 1 ? 0 : 1, hasBias === 1 ? 0 : 1)),
        own: part(hasProduct, hasBias),
      };
    });
    if (parts.every(isBarely)) continue;
    const said = upToSum ? unitsUpToSum(parts) : factorsBy((o) => o, parts.map(shownOnly));
    if (said === null) continue;
    return { used: `${xW} + ${b}, where ${name} has a factor for each unit: ${said}` };
  }
  return null;
}

/** Whether all scores that show are nearly right. */
function isBarely({ z, own }: Part): boolean {
  return z.every((value, o) => Number.isNaN(value) || Math.abs(value - own[o]) <= BARELY * Math.abs(own[o]));
}

/** The part of z that may have factors, as it should be. (O) */
interface Part extends Behind {
  readonly own: Float64Array;
}

/** Where a score is not shown, nothing is between them. */
function shownOnly({ z, own }: Part): { found: Float64Array; wanted: Float64Array } {
  const shown = (values: Float64Array): Float64Array => values.map((value, o) => (Number.isNaN(z[o]) ? 0 : value));
  return { found: shown(z), wanted: shown(own) };
}

function unitsUpToSum(parts: readonly Part[]): string | null {
  const units = parts[0].own.length;
  if (units > MOST_INPUTS) return null;
  const equations = equationsOf(parts, true, ({ own }) =>
    Array.from({ length: units }, (_, j) => own.map((value, o) => (o === j ? value : 0))),
  );
  const factors = equations === null ? null : solved(equations);
  return factors === null || factors.every((value) => Math.abs(value - 1) <= BARELY) ? null : listed(factors);
}

function minus(one: Float64Array, two: Float64Array): Float64Array {
  return one.map((value, o) => value - two[o]);
}

/** z = Σ_i c_i x_i W_i + b: the inputs do not all count alike. */
function perInput(n: number, all: readonly Behind[], upToSum: boolean): ScoreDeviation | null {
  const x = n === 1 ? 'x' : `a${n - 1}`;
  const I = all[0].layer.x.length;
  const factors = I <= MOST_INPUTS ? ofAllInputs(all, upToSum) : ofOneInput(all, upToSum);
  const said = factors === null ? null : listed(factors);
  if (said === null) return null;
  return { used: `${x} W${n} + b${n}, where the entries of ${x} do not all count alike: ${said}` };
}

function ofAllInputs(all: readonly Behind[], upToSum: boolean): number[] | null {
  const equations = equationsOf(all, upToSum, ({ layer: { x, W, b } }) =>
    Array.from(x, (value, i) => W.slice(i * b.length, (i + 1) * b.length).map((w) => value * w)),
  );
  return equations === null ? null : solved(withoutBias(equations, all, upToSum));
}

/** One input alone has another factor. */
function ofOneInput(all: readonly Behind[], upToSum: boolean): number[] | null {
  const I = all[0].layer.x.length;
  const none = equationsOf(all, upToSum, () => []);
  if (none === null) return null;
  const { found } = withoutBias(none, all, upToSum, true);
  for (let i = 0; i < I && found.length >= LEAST; i++) {
    const column = equationsOf(all, upToSum, ({ layer: { x, W, b } }) => [
      W.slice(i * b.length, (i + 1) * b.length).map((w) => x[i] * w),
    ]);
    const c = column === null ? null : factorOf([{ found, wanted: column.columns[0] }]);
    if (c !== null) return Array.from({ length: I }, (_, k) => (k === i ? 1 + c : 1));
  }
  return null;
}

const MOST_INPUTS = 64;
/** Equations for one unknown, at least. */
const LEAST = 8;

/** Every score that is shown is an equation: found = Σ_j c_j column_j. */
interface Equations {
  readonly found: Float64Array;
  readonly columns: readonly Float64Array[];
}

/** null if nothing is shown. */
function equationsOf<One extends Behind>(
  all: readonly One[],
  upToSum: boolean,
  columnsOf: (one: One) => readonly Float64Array[],
): Equations | null {
  const found: number[] = [];
  const columns: number[][] = [];
  for (const one of all) {
    const shown = Array.from(one.z.keys()).filter((o) => !Number.isNaN(one.z[o]));
    const vectors = columnsOf(one);
    const first = upToSum ? shown.shift() : undefined;
    const take = (vector: Float64Array, o: number): number => vector[o] - (first === undefined ? 0 : vector[first]);
    for (const o of shown) {
      found.push(take(one.z, o));
      vectors.forEach((vector, j) => (columns[j] ??= []).push(take(vector, o)));
    }
  }
  return found.length === 0
    ? null
    : { found: Float64Array.from(found), columns: columns.map((c) => Float64Array.from(c)) };
}

/** The same with b taken out of what was found, and x W too where the right part is known. */
function withoutBias(equations: Equations, all: readonly Behind[], upToSum: boolean, productToo = false): Equations {
  const known = equationsOf(all, upToSum, ({ layer }) => [layer.b, product(layer)]);
  const found = equations.found.map((value, e) => {
    const [b = 0, xW = 0] = known?.columns.map((column) => column[e]) ?? [];
    return value - b - (productToo ? xW : 0);
  });
  return { ...equations, found };
}

/** null unless the equations are many and all of them hold. */
function solved({ found, columns }: Equations): number[] | null {
  if (found.length < 1.5 * columns.length || found.length < LEAST) return null;
  const factors = fitted(
    columns,
    found,
    found.map(() => 1),
  );
  if (factors === null) return null;
  const sums = found.map((_, e) =>
    dot(
      columns.map((column) => column[e]),
      factors,
    ),
  );
  return areClose(found, sums) ? factors : null;
}
