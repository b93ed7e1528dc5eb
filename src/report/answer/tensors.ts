// Sorts gradients into right, wrong and missing, and says where in the computation to look first.
import type { FilledIn } from '../../candidates/engine.ts';
import type { GradientCheck } from '../../check/gradient-check.ts';
import type { Side } from '../../check/pair.ts';
import type { TensorMeasure } from '../../check/verdict.ts';
import { nameOf } from '../../network/parameters.ts';
import { layersOf } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { formulaLine } from '../../network/formulas.ts';
import { missingGradients } from '../words/flaws.ts';

/** The loss and the gradients of one engine, by name, in the order of the network. */
export interface Sorted {
  readonly right: readonly string[];
  readonly wrong: readonly string[];
  readonly missing: readonly string[];
}

/**
 * Sorted at the first question with a wrong answer, or at the given batch if there is none.
 * @param filledIn what backproof computed for the candidate: that is neither right nor wrong
 */
export function sortTensors(check: GradientCheck, side: Side, filledIn: readonly FilledIn[] = []): Sorted {
  const asked = check.questions.find(({ question }) => question === check.firstWrongQuestion);
  const isItsOwn = (name: string): boolean => side === 'reference' || name !== 'loss' || !filledIn.includes('loss');
  const measures = (asked?.measures ?? [check.loss, ...check.parameters]).filter(
    ({ parameter }) => parameter !== 'outputs' && isItsOwn(parameter),
  );
  const findings = check.verdict.kind === 'disagree' ? check.verdict.findings : [];
  const missing = side === 'candidate' ? missingGradients(findings).map(({ parameter }) => parameter) : [];
  const names = (of: readonly TensorMeasure[]): string[] => of.map(({ parameter }) => parameter);
  const there = measures.filter(({ parameter }) => !missing.includes(parameter));
  const isWrong = ({ left }: TensorMeasure): boolean => left === side || left === 'both';
  return { right: names(there.filter((m) => !isWrong(m))), wrong: names(there.filter(isWrong)), missing };
}

/** A place in the computation, with the right formula there if it is known. */
export interface Look {
  /** z1, a1, loss, dz2, dW2, db2 ... */
  readonly name: string;
  readonly formula: string | null;
}

/**
 * Where to look first. If the engine shows its intermediate values, it is where it first left the
 * exact ones. If it shows only gradients: when all gradients of the last wrong layer are wrong, it
 * is what they have in common, dz; otherwise it is the wrong gradient itself.
 * @param first the first place that is known to be wrong
 */
export function whereToLook(first: string, { wrong }: Sorted, network: NetworkSpec | null): Look {
  if (network === null) return { name: first, formula: null };
  const name = common(first, wrong, network);
  return { name, formula: name === 'outputs' ? prediction(network) : formulaLine(name, network) };
}

/** What a prediction does otherwise than a training pass; null where there is nothing. */
function prediction(network: NetworkSpec): string | null {
  const pages = layersOf(network).map(({ page }) => page);
  const parts = [
    ...(pages.some(({ draw }) => draw !== undefined) ? ['it has no dropout'] : []),
    ...(pages.some(({ follow }) => follow !== undefined) ? ['it normalizes with the running averages'] : []),
  ];
  return parts.length === 0 ? null : `the prediction: ${parts.join(', and ')}`;
}

function common(first: string, wrong: readonly string[], network: NetworkSpec): string {
  const layers = namesByLayer(network);
  const l = layers.findIndex((names) => names.some((name) => first === `d${name}`));
  if (l < 0) return first; // z, a, loss or dz: shown by the engine itself
  const below = layers.slice(0, l).flat();
  const all = layers[l].every((name) => wrong.includes(name));
  const alone = layers[l].length === 1 && !below.some((name) => wrong.includes(name));
  return all && !alone ? `dz${l + 1}` : first;
}

/** The tensors that have gradients: [W1, b1], [W2, b2] ... */
function namesByLayer(network: NetworkSpec): string[][] {
  return layersOf(network).map(({ parameters }, l) =>
    parameters.filter(({ trained }) => trained !== false).map(({ role }) => nameOf({ layer: l + 1, role })),
  );
}

/** What to write next: the missing gradients nearest the output. */
export function nextToWrite({ missing }: Sorted, network: NetworkSpec | null): Look | null {
  if (network === null || missing.length === 0) return null;
  const layers = namesByLayer(network);
  const l = layers.findLastIndex((names) => names.some((name) => missing.includes(name)));
  if (l < 0) return null;
  const whole = layers[l].every((name) => missing.includes(name));
  const name = whole ? `dz${l + 1}` : `d${layers[l].find((one) => missing.includes(one)) ?? ''}`;
  return { name, formula: formulaLine(name, network) };
}

/** Names listed in a sentence before the rest is counted. */
const NAMED = 12;

/** "Right: loss, W3, b3. Wrong: W2, b2." The output layer comes first, as in the backward pass. */
export function tensorsSentence({ right, wrong, missing }: Sorted): string {
  const parts = Object.entries({ Right: right, Wrong: wrong, Missing: missing });
  const said = parts.filter(([, names]) => names.length > 0).map(([head, names]) => `${head}: ${list(names)}.`);
  return said.join(' ');
}

function list(names: readonly string[]): string {
  const backwards = [...names].sort((a, b) => layerOf(b) - layerOf(a));
  const more = backwards.length - NAMED;
  const shown = backwards.slice(0, NAMED).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** The loss sorts above all layers. */
function layerOf(name: string): number {
  return Number(/\d+$/.exec(name)?.[0] ?? Infinity);
}
