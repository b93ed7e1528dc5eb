// What an engine remembers, and what it leaves to chance, in words.
import { formulaLine } from '../../../network/formulas.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { listed } from '../../../text.ts';
import { formatNumber } from '../operations/fit.ts';
import type { Told } from '../told.ts';
import type { Mask, Noise } from './chance.ts';
import type { Memory } from './memories.ts';
import type { Kept } from './sums.ts';

/** Explanations up to which "either ... or ..." helps. */
const MOST = 3;

const NOTHING_KEPT = 'use nothing of an earlier call: compute everything from the arguments';
const STARTING_AT_0 = 'start each call with gradients of 0, kept nowhere';

/** Values that contain those of calls before, grouped by how. */
export function tellKept(network: NetworkSpec, kept: readonly Kept[]): Told[] {
  const wrong = kept.filter(({ kind }) => kind !== 'right');
  const groups = new Map<string, Kept[]>();
  for (const one of wrong) {
    const key = [one.kind, formatNumber(one.share), formatNumber(one.own)].join();
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((group) => {
    const names = group.map(({ name }) => name);
    const all = names.length === kept.length || (names.length === kept.length - 1 && !names.includes('loss'));
    const [{ kind, share, own }] = group;
    const place = names.find((name) => name !== 'loss') ?? names[0];
    const what = all ? 'the gradients' : listed(names);
    const times = (c: number): string => (c === 1 ? '' : `${formatNumber(c)} times `);
    const before = kind === 'answer before' ? 'what was returned before' : 'that of the call before';
    const plural = names.length > 1;
    const text =
      own === 0
        ? `${capital(what)} of a call ${plural ? 'are' : 'is'} ${times(share)}${plural ? 'those' : 'that'} of the call before.`
        : kind === 'answer before' && share === 1
          ? `Each call adds ${times(own)}its own ${listed(names)} to ${before}: ${plural ? 'they are' : 'it is'} not set to 0 between calls.`
          : `${capital(what)} of a call ${plural ? 'are' : 'is'} ${times(own)}the right one plus ${times(share)}${before}.`;
    return {
      kind: 'state',
      place,
      text,
      used: `${place} = ${own === 0 ? '' : `${factorOf(own)}(${place} of this call) ${share < 0 ? '-' : '+'} `}${factorOf(Math.abs(share))}(${place} ${kind === 'answer before' ? 'returned' : ''} before)`.replace(
        / +/g,
        ' ',
      ),
      right: formulaLine(place, network),
      fix: own === 0 ? 'compute it from the arguments of the call' : STARTING_AT_0,
    };
  });
}

function factorOf(c: number): string {
  return c === 1 ? '' : `${formatNumber(c)} · `;
}

function capital(text: string): string {
  return /^[a-z]{3}/.test(text) ? text[0].toUpperCase() + text.slice(1) : text;
}

/** Something kept from a call, or several things that give the same. */
export function tellMemories(network: NetworkSpec, found: readonly Memory[]): Told {
  const [{ place, text, used }] = found;
  const several = found.length > 1;
  return {
    kind: 'state',
    place,
    text: !several
      ? text
      : found.length > MOST
        ? 'The answer depends on the calls before it: something is kept from an earlier call.'
        : `Either this: ${found.map((one) => one.text).join(' Or this: ')} It is the same in all that was asked.`,
    used: several ? null : used,
    right: formulaLine(place, network),
    fix: NOTHING_KEPT,
  };
}

/** The answer depends on calls before, in a way that is not known. */
export function tellUnknownMemory(names: readonly string[], after: string): Told {
  return {
    kind: 'state',
    place: names[0],
    text: `The answer depends on the calls before it: ${listed(names)} of the same question ${names.length > 1 ? 'are' : 'is'} not the same after ${after}.`,
    used: null,
    right: null,
    fix: NOTHING_KEPT,
  };
}

/**
 * The same question, again and again: each answer is ρ times the one before, and always the same.
 */
export function tellSteps(names: readonly string[], share: number): Told {
  const one = names.length < 2;
  return {
    kind: 'state',
    place: names.find((name) => name !== 'loss') ?? names[0],
    text:
      share === 1
        ? `Each call adds to what was returned before: with the same question again and again, ${listed(names)} ${one ? 'grows' : 'grow'} by the same each time.`
        : `Each call returns ${formatNumber(share)} times the ${listed(names)} returned before, and its own added to ${one ? 'it' : 'them'}.`,
    used: null,
    right: null,
    fix: STARTING_AT_0,
  };
}

/** The numbers move in one direction from call to call. */
export function tellDrift(names: readonly string[], layer: number | null): Told {
  const what = layer === null ? '' : ` What enters layer ${layer + 1} changes.`;
  return {
    kind: 'state',
    place: names[0],
    text: `The answer depends on how often it was asked for: with the same question again and again, ${listed(names)} ${names.length > 1 ? 'move' : 'moves'} on in one direction, by less each time.${what} A running mean or another statistic is kept between calls.`,
    used: null,
    right: null,
    fix: NOTHING_KEPT,
  };
}

/** A mask of zeros and one factor. */
export function tellMask({ layer, zeros, entries, factor, inBackward }: Mask): Told {
  const name = layer === 0 ? 'x' : `a${layer}`;
  const drop = 1 - 1 / factor;
  const share = zeros / entries;
  const spread = Math.sqrt((drop * (1 - drop)) / entries);
  const isInverted = drop > 0.005 && Math.abs(share - drop) <= 4 * spread + 0.02;
  const percent = Math.round(100 * (isInverted ? drop : share));
  const keep = Number((1 / factor).toPrecision(3));
  const others = isInverted
    ? `the others are 1/${keep} times as large`
    : Math.abs(factor - 1) < 1e-3
      ? 'the others are as they should be'
      : `the others are ${formatNumber(factor)} times as large`;
  const backward =
    inBackward === false ? ` The mask is not in the backward pass: dz${layer} is not 0 where a${layer} is.` : '';
  return {
    kind: 'chance',
    place: name,
    text: `The answer depends on chance: ${isInverted ? '' : 'about '}${percent} % of the entries of ${name} are 0 (${zeros} of ${entries} seen), others at each call; ${others}. This looks like dropout.${backward}`,
    used: `${name} ⊙ mask${isInverted ? ` / ${keep}` : ''}, with a mask of zeros and ones drawn at each call`,
    right: null,
    fix: 'leave dropout out of the check: the network to compare with has none',
  };
}

/** Chance of a kind that is not known. */
export function tellNoise(noise: Noise | null, names: readonly string[]): Told {
  const place = noise === null ? names[0] : noise.layer === 0 ? 'x' : `a${noise.layer}`;
  const where =
    noise === null
      ? `${listed(names)} of the same question ${names.length > 1 ? 'are' : 'is'} different at each call`
      : `${place}, as layer ${noise.layer + 1} gets it, is different at each call`;
  return {
    kind: 'chance',
    place,
    text: `The answer depends on chance: ${where}, without a pattern.`,
    used: null,
    right: null,
    fix: 'draw nothing in a call, or draw it from a fixed seed each time',
  };
}

/** Examples that are drawn. */
export function tellDrawn(text: string): Told {
  return {
    kind: 'chance',
    place: 'loss',
    text: `The answer depends on chance: ${text} A single example gets the same answer at each call.`,
    used: null,
    right: null,
    fix: 'use all examples of the batch, each with its own targets',
  };
}

/** predict gives what was computed before it. */
export function tellStalePrediction(): Told {
  return {
    kind: 'state',
    place: 'outputs',
    text: 'predict returns the outputs of the batch before, not those of the inputs it gets.',
    used: null,
    right: null,
    fix: 'compute the outputs from the inputs of the call',
  };
}

/** The same update from the same start differs the second time. */
export function tellUpdates(names: readonly string[]): Told {
  return {
    kind: 'state',
    place: 'updates',
    text: `applyGradients keeps something from one training to the next: the first update of ${listed(names)} is another one the second time, with the same parameters and gradients.`,
    used: null,
    right: null,
    fix: 'keep all state of the optimizer in what applyGradients returns as state, and start it anew at step 1',
  };
}
