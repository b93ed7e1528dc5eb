// What asking an engine found out, as sentences: the fix, what is wrong, the formula in use beside
// the right one.
import type { Diagnosis, NamedFault } from '../../check/diagnosis/diagnose.ts';
import type { Side } from '../../check/pair.ts';
import type { Probed, Told } from '../../check/probe/told.ts';
import { safeText } from '../../text.ts';
import { formatCount } from '../words/numbers.ts';
import type { Look } from './tensors.ts';

/** Most characters of one sentence. Escaped for Markdown, a text is longer than in the report. */
const LONGEST = 3000;

/** Whether an engine does not give one answer to one question: said before everything else. */
export function isErratic({ kind }: Told): boolean {
  return kind === 'chance' || kind === 'state';
}

/**
 * What was told of all checks, without what a named mistake explains and without repetition; chance
 * and state come first. null if nothing is left.
 */
export function toldIn(diagnoses: readonly (Diagnosis | null | undefined)[]): Probed | null {
  const left = diagnoses.flatMap((one) => (one?.probed === undefined ? [] : [besideMistakes(one.probed, one)]));
  const all = left.flatMap(({ told }) => told);
  const told = all.filter(
    (one, i) => all.findIndex(({ place, text }) => place === one.place && text === one.text) === i,
  );
  if (told.length === 0) return null;
  const asked = left.reduce((sum, one) => sum + (one.told.length > 0 ? one.asked : 0), 0);
  return { asked, told: [...told.filter(isErratic), ...told.filter((one) => !isErratic(one))] };
}

function besideMistakes({ asked, told }: Probed, { mistakes, pairs = [], declared }: Diagnosis): Probed {
  const named = [...mistakes, ...pairs.flat(), ...(declared?.mistakes ?? [])];
  return { asked, told: told.filter((one) => !named.some((mistake) => isExplainedBy(mistake, one))) };
}

/** Known mistakes are of gradients and updates: of a layer, or of the whole network. */
function isExplainedBy({ layer }: NamedFault, one: Told): boolean {
  if (isErratic(one) || one.place === 'loss') return false;
  return typeof layer !== 'number' || layer === layerOf(one.place);
}

/** Whether what is told says where to look, so that no formula need be pointed at. */
export function saysWhereToLook(told: readonly Told[], look: Look | null): boolean {
  if (look === null) return told.some(({ kind }) => kind === 'update');
  const isThere = ({ place }: Told): boolean =>
    (/^(?:loss|outputs|[az]\d+)$/.test(look.name) && /^[xza]/.test(place)) || // they follow from it
    ['updates', 'parameters', 'x'].includes(place) || // all follows from these
    place === look.name ||
    layerOf(place) === layerOf(look.name);
  return told.some((one) => isErratic(one) || one.kind === 'loss' || isThere(one));
}

/** Whether it is said why this gradient (W1, b1 ...) is zero or a multiple of the right one. */
export function saysFactorOf(told: readonly Told[], parameter: string): boolean {
  return told.some(({ kind, place, text, used, fix }) => {
    if (kind === 'factor' && text.split(/[ ,.;]/).includes(`d${parameter}`)) return true;
    if (place === 'updates') return fix !== null; // gradients that are recovered from updates
    if (place === `d${parameter}`) return kind === 'factor' || used !== null || fix !== null;
    return kind === 'factor' && /^dz\d+$/.test(place) && (layerOf(place) ?? 0) >= (layerOf(parameter) ?? Infinity);
  });
}

/** dz12, dW12 and W12 are of layer 12; null for the loss and for all updates. */
function layerOf(name: string): number | null {
  const digits = /\d+$/.exec(name);
  return digits === null ? null : Number(digits[0]);
}

/** "Fix: dz1 = (dz2 W2ᵀ) ⊙ (1 - a²). dz1 lacks the derivative of tanh. It uses dz1 = dz2 W2ᵀ." */
export function toldSentence({ kind, text, used, right, fix }: Told): string {
  const before = [...(fix === null ? [] : [`Fix: ${withStop(fix)}`]), ...(text === '' ? [] : [withStop(text)])].join(
    ' ',
  );
  const inUse = kind === 'factor' && text !== '' ? null : used; // the text says how many times the right one
  const [uses, is] = [inUse, right].map((formula) => (formula === null || says(before, formula) ? null : formula));
  const both = [...(uses === null ? [] : [`It uses ${uses}`]), ...(is === null ? [] : [`right is ${is}`])].join('; ');
  const after = both === '' ? '' : ` ${withStop(both.charAt(0).toUpperCase() + both.slice(1))}`;
  return safeText(`${before}${after}`, LONGEST);
}

/** A sentence for each; what is the same in several layers is told of the first of them. */
export function toldSentencesOf(told: readonly Told[]): string[] {
  const all = told.map((one) => ({ place: one.place, sentence: toldSentence(one) }));
  const keys = all.map(({ place, sentence }) => inAnyLayer(sentence, layerOf(place)));
  return all.flatMap(({ sentence }, n) => {
    if (keys.indexOf(keys[n]) < n) return [];
    const others = all.flatMap(({ place }, m) => (m > n && keys[m] === keys[n] ? [place] : []));
    return others.length === 0 ? [sentence] : [`${sentence} The same in ${others.join(' and ')}.`];
  });
}

/** A sentence with layers counted from this one: what enters layer 1 is x. */
function inAnyLayer(sentence: string, layer: number | null): string {
  if (layer === null) return sentence;
  const named = layer === 1 ? sentence.replace(/\bx\b/g, 'a0') : sentence;
  return named.replace(/\b(d?[abzW]|layer )(\d+)\b/g, (_, name: string, n: string) => `${name}[${Number(n) - layer}]`);
}

/** "Found by asking the candidate 41 times." Empty if the number is not known. */
export function askedSentence({ asked }: Probed, side: Side): string[] {
  if (!Number.isSafeInteger(asked) || asked <= 0) return [];
  return [`Found by asking the ${side} ${asked === 1 ? 'once' : `${formatCount(asked)} times`}.`];
}

/** A text as a sentence. */
export function withStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Whether a text has a formula, or all that are joined by "or": "db1 is 0" has db1 = 0. */
export function says(text: string, formula: string): boolean {
  const whole = (part: string): boolean => part !== '' && isIn(text, part);
  const isSaid = (one: string): boolean => {
    const [name, ...side] = one.split(' = ');
    return whole(one) || (side.length > 0 && whole(`${name} is ${side.join(' = ')}`));
  };
  return isSaid(formula) || formula.split(' or ').every(isSaid);
}

/** As a whole: "1 - a" is not in "1 - a²", and "a" is not in "a mean". */
function isIn(text: string, part: string): boolean {
  const isEdge = (c: string | undefined, edges: string): boolean => c === undefined || edges.includes(c);
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    const [before, after, next] = [text[at - 1], text[at + part.length], text[at + part.length + 1]];
    const ends = isEdge(after, ';,:)') || (after === '.' && isEdge(next, ' ')) || (after === ' ' && part !== 'a');
    if (isEdge(before, ' (') && ends && !goesOn(text.slice(at + part.length))) return true;
  }
  return false;
}

/** Whether an operator follows: the formula is the beginning of a longer one. */
function goesOn(rest: string): boolean {
  return /^ [-+−*/·⊙=|](?: |$)/.test(rest);
}
