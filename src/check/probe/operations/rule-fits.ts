// Which rules give the dz that an engine had in every example, and with which factor.
import { areClose } from '../close.ts';
import { factorOf, isTelling } from './fit.ts';
import type { Pair } from './fit.ts';
import type { Observed, Rule, Rules } from './scores.ts';

/** A rule that gives what was observed, times the factor. */
export interface Fit {
  readonly rule: Rule;
  readonly factor: number;
}

/** The factor with which a rule gives what was observed; null if it does not. */
function fitOf(rule: Rule, observed: readonly Observed[]): number | null {
  const pairs: Pair[] = [];
  for (const { example, dz, above } of observed) {
    const wanted = rule.at(example, above);
    if (wanted === null || !wanted.every(Number.isFinite)) return null;
    pairs.push({ found: dz, wanted });
    if (!rule.isRight && pairs.length === 1 && factorOf(pairs) === null && wanted.some((x) => x !== 0)) return null;
  }
  if (rule.isRight && pairs.every(({ found, wanted }) => isRounding(found, wanted))) return 1;
  return isTelling(pairs) ? factorOf(pairs) : null;
}

/** Whether nothing but rounding is between them; numbers that should be 0 are what cancelled. */
function isRounding(found: Float64Array, wanted: Float64Array): boolean {
  return areClose(found, wanted) || found.every((x, i) => Math.abs(x - wanted[i]) <= CANCELLED);
}

/** At the general point, numbers that cancel are of size 1. */
const CANCELLED = 1e-6;

/**
 * The rules that give what was observed, the simplest first. Of those that are the same function,
 * only the simplest.
 * @param elsewhere other examples, on which different functions differ
 */
export function fits(
  { right, others }: Rules,
  observed: readonly Observed[],
  elsewhere: () => readonly Omit<Observed, 'dz'>[],
): Fit[] {
  const factorOfRight = fitOf(right, observed);
  if (factorOfRight !== null) return [{ rule: right, factor: factorOfRight }];
  const found: Fit[] = [];
  for (const rule of others()) {
    const factor = fitOf(rule, observed);
    if (factor === null || found.some((one) => isSameFunction(one, { rule, factor }, elsewhere()))) continue;
    found.push({ rule, factor });
  }
  if (found.length < 2) return found.length > 0 ? found : updatedFirst([right, ...others()], observed);
  const apart = found.map((fit) => apartBy(fit, observed));
  const most = Math.max(ROUNDED, NEARLY * Math.min(...apart));
  return found.filter((_, n) => apart[n] <= most);
}

/** What rounding leaves at most; and how many times worse than the best an approximation is. */
const [ROUNDED, NEARLY] = [1e-6, 30];

/** The largest distance of an entry from what a rule gives, as a share of the largest entry. */
function apartBy({ rule, factor }: Fit, observed: readonly Observed[]): number {
  const pairs = observed.flatMap(({ example, dz, above }) => {
    const wanted = rule.at(example, above) ?? dz;
    return Array.from(dz, (x, k) => ({ size: Math.abs(x), distance: Math.abs(x - factor * wanted[k]) }));
  });
  return Math.max(...pairs.map(({ distance }) => distance)) / Math.max(...pairs.map(({ size }) => size));
}

/** W of the layer above may have been updated before dz was computed: W - rate · dW. */
function updatedFirst(rules: readonly Rule[], observed: readonly Observed[]): Fit[] {
  const found: Fit[] = [];
  for (const { updated, ...rule } of rules) {
    if (updated === undefined || rule.part === null) continue;
    const pairs = observed.map(({ example, dz, above }): Pair => {
      const plain = rule.at(example, above) ?? dz;
      return { found: dz.map((x, j) => x - plain[j]), wanted: updated(example, above) };
    });
    const rate = factorOf(pairs);
    if (rate === null || !isTelling(pairs)) continue;
    const step = Number(rate.toPrecision(4));
    const later = (text: string): string => text.replace(/(W\d+)ᵀ/, `($1 - ${step} · d$1)ᵀ`);
    const { derivative, signal } = rule.part;
    found.push({
      factor: 1,
      rule: {
        ...rule,
        used: later(rule.used),
        isRight: false,
        part: { derivative, signal: later(signal) },
      },
    });
  }
  return found.slice(0, 1);
}

function isSameFunction(one: Fit, other: Fit, elsewhere: readonly Omit<Observed, 'dz'>[]): boolean {
  const pairs = elsewhere.flatMap(({ example, above }) => {
    const [found, wanted] = [one.rule.at(example, above), other.rule.at(example, above)];
    return found === null || wanted === null ? [] : [{ found, wanted }];
  });
  const between = factorOf(pairs);
  return between !== null && Math.abs((one.factor * between) / other.factor - 1) < 1e-3;
}
