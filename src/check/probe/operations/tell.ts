// What is wrong in a backward pass, in words.
import { formulaLine } from '../../../network/formulas.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { outputs } from '../../../network/spec.ts';
import { activationOf } from '../../../ops/registry.ts';
import type { Found, Told } from '../told.ts';
import type { Half, Replaced } from './activations.ts';
import { inLayer } from './signals.ts';
import type { Deviation } from './deviations.ts';
import { formatNumber, meaningOf } from './fit.ts';
import type { Fit } from './rule-fits.ts';
import type { ScoreDeviation } from './scores-behind.ts';
import type { TensorFit } from './whole-tensors.ts';

/** Formulas up to which "either ... or ..." helps. */
const MOST = 3;

export interface ScoreDetails {
  /** What it is where no formula gives it. */
  readonly deviation: Deviation | null;
  /** The tensor that has it, if the other one has another dz. */
  readonly only?: 'W' | 'b' | undefined;
}

/** A wrong dz of layer l (from 0). */
export function tellScore(
  network: NetworkSpec,
  l: number,
  fits: readonly Fit[],
  { deviation, only }: ScoreDetails,
): Found {
  const n = l + 1;
  const [name, place] = [`dz${n}`, only === undefined ? `dz${n}` : `d${only}${n}`];
  const right = formulaLine(name, network);
  const where = only === undefined ? '' : ` in d${only}${n}`;
  if (fits.length === 0 && deviation !== null) return { kind: 'operation', place, ...deviation, right, fix: right };
  if (fits.length === 0 || fits.length > MOST) {
    const isLast = n === network.layers.length;
    const given = isLast ? '' : `, given its own dz${n + 1}`;
    return {
      kind: 'operation',
      place,
      text: `${name}${where} is wrong${given}. ${only === undefined ? `dW${n} and db${n} are right for this ${name}.` : ''}`.trim(),
      used: null,
      right,
      fix: right,
    };
  }
  const used = fits.map(
    ({ rule, factor }) => `${name} = ${times(factor, rule.isRight ? rightHand(right) : rule.used)}`,
  );
  const [{ rule, factor }] = fits;
  return {
    kind: rule.isRight ? 'factor' : 'operation',
    place,
    text:
      fits.length > 1
        ? `Either ${used.join(', or ')}: the same for all that was asked.`
        : sentence(network, l, rule, factor, where),
    used: used.join(' or '),
    right,
    fix: right,
    ...(fits.every((fit) => fit.rule.part?.signal === '1') && { isAlone: true }),
  };
}

function rightHand(formula: string | null): string {
  return formula?.slice(formula.indexOf('=') + 2) ?? '';
}

function sentence(network: NetworkSpec, l: number, rule: Fit['rule'], factor: number, where: string): string {
  const [n, isLast] = [l + 1, l === network.layers.length - 1];
  const name = `dz${n}${where}`;
  if (rule.isRight) {
    const meaning = meaningOf(factor, { K: outputs(network), units: network.layers[l].units });
    const given = isLast ? '' : `, given its own dz${n + 1}`;
    return `${name} is ${formatNumber(factor)} times the right one${given}${meaning === null ? '' : `: ${meaning}`}.`;
  }
  const page = activationOf(network.layers[l].activation);
  const derivative = page.kind === 'elementwise' ? inLayer({ text: page.formula.derivative }, l) : null;
  const also = factor === 1 || isLast ? '' : ` A factor ${formatNumber(factor)} is in it too.`;
  const whole = `${name} is ${times(factor, rule.used)}.`;
  if (rule.part === null || derivative === null) return whole;
  const isOther = rule.part.derivative !== derivative;
  const isMissing = rule.part.derivative === '1' && isOther;
  const early = /\(W\d+ - (\S+) · dW\d+\)/.exec(rule.part.signal);
  const isReplaced = rule.part.signal === `dz${n + 1} dW${n + 1}ᵀ`;
  const parts = [
    early === null ? '' : `W${n + 1} is updated, with a rate of ${early[1]}, before it is used for ${name}.`,
    isReplaced ? `W${n + 1} is overwritten by dW${n + 1} before it is used for ${name}.` : '',
    rule.part.signal === '1' ? `dz${n + 1} W${n + 1}ᵀ is left out of ${name}.` : '',
    isLast ||
    rule.part.signal === '1' ||
    isReplaced ||
    (early !== null && rule.part.signal.startsWith(`dz${n + 1} `)) ||
    rule.part.signal === `dz${n + 1} W${n + 1}ᵀ`
      ? ''
      : `What goes back to layer ${n} is ${rule.part.signal}, not dz${n + 1} W${n + 1}ᵀ.`,
    isMissing ? `${name} lacks the derivative of ${page.id}, ${derivative}.` : '',
    isOther && !isMissing
      ? `The derivative in use in ${name} is ${rule.part.derivative}; for ${page.id} it is ${derivative}.`
      : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? whole : `${parts.join(' ')}${also}`;
}

/** A wrong dW or db of layer l (from 0) whose dz is right. */
export function tellTensor(network: NetworkSpec, l: number, symbol: 'W' | 'b', fit: TensorFit | null): Found {
  const [n, name] = [l + 1, `d${symbol}${l + 1}`];
  const right = formulaLine(name, network);
  const rest = { place: name, right, fix: right };
  if (fit === null) return { ...rest, kind: 'operation', text: `${name} is wrong, given a right dz${n}.`, used: null };
  const isFactor =
    fit.factor !== 1 &&
    right !== null &&
    (fit.used === `dz${n}` || (fit.used.endsWith(`ᵀ dz${n}`) && right.includes(fit.used)));
  return {
    ...rest,
    kind: isFactor ? 'factor' : 'operation',
    text: isFactor
      ? `${name} is ${formatNumber(fit.factor)} times the right one; dz${n} is right.`
      : (fit.text?.replace(/^It is/, `${name} is`) ?? `${name} is ${times(fit.factor, fit.used)}; dz${n} is right.`),
    used: `${name} = ${times(fit.factor, fit.used)}`,
    ...(fit.lacks !== undefined && {
      besidePenalties: {
        text: `${name} lacks ${fit.lacks}, the gradient of a penalty that is declared.`,
        fix: right,
      },
    }),
  };
}

/** Another activation in the forward pass of layer l (from 0). */
export function tellActivation(network: NetworkSpec, l: number, { text, id }: Omit<Replaced, 'of'>): Told {
  const n = l + 1;
  const { activation } = network.layers[l];
  const page = activationOf(activation);
  const right = page.formula.forward;
  const meant =
    id === undefined
      ? 'or check a network with the activation that is meant'
      : `or, if ${id} is meant, declare it: --${n === network.layers.length ? 'output' : 'activation'} ${id}`;
  return {
    kind: 'operation',
    place: `a${n}`,
    text: `The activation of layer ${n} is ${text}; ${activation} is ${right}.`,
    used: `a${n} = ${text}`,
    right: `a${n} = ${right}`,
    fix: `a${n} = ${right}, ${meant}`,
  };
}

/** Other scores in the forward pass of layer l (from 0). */
export function tellScores(network: NetworkSpec, l: number, { used }: ScoreDeviation): Told {
  const name = `z${l + 1}`;
  const right = formulaLine(name, network);
  return { kind: 'operation', place: name, text: `${name} is ${used}.`, used: `${name} = ${used}`, right, fix: right };
}

/** Activations of layer l (from 0) that are wrong in these units, or for scores of this sign. */
export function tellUnits(network: NetworkSpec, l: number, wrong: readonly number[], half?: Half): Told {
  const [n, { units }] = [l + 1, network.layers[l]];
  const right = [`z${n}`, `a${n}`].map((name) => formulaLine(name, network)).join(', ');
  // where most are wrong, the others are right by chance, or as long as they are 0
  const isFew = wrong.length <= Math.min(MOST_UNITS, units / 2);
  const ofUnits = isFew ? ` in unit${wrong.length > 1 ? 's' : ''} ${wrong.join(', ')} of ${units}` : '';
  const which = half === undefined ? ofUnits : ` only where ${half.replace('z', `z${n}`)}`;
  return {
    kind: 'operation',
    place: `a${n}`,
    text: `a${n} is wrong in the forward pass${which}.`,
    used: null,
    right,
    fix: right,
  };
}

/** So many units are named. */
const MOST_UNITS = 8;

/** b of layer l (from 0) is added to the activation, not to the scores. */
export function tellLateBias(network: NetworkSpec, l: number): Told {
  const n = l + 1;
  const used = `f(${l === 0 ? 'x' : `a${l}`} W${n}) + b${n}`;
  const right = formulaLine(`z${n}`, network);
  const text = `b${n} is added after the activation f: a${n} is ${used}.`;
  return { kind: 'operation', place: `z${n}`, text, used: `a${n} = ${used}`, right, fix: right };
}

/** Outputs that are wrong, nobody knows how, where everything else follows from them. */
export function tellOutputs(network: NetworkSpec): Told {
  const n = network.layers.length;
  const right = [`z${n}`, `a${n}`].map((name) => formulaLine(name, network)).join(', ');
  const text = `a${n} is wrong in the forward pass. The loss is that of the outputs that are in use.`;
  return { kind: 'operation', place: `a${n}`, text, used: null, right, fix: right };
}

/** Other targets than those that were given, in words. */
export function tellTargets(network: NetworkSpec, used: string): Told {
  const n = network.layers.length;
  return {
    kind: 'operation',
    place: `dz${n}`,
    text: `The targets that dz${n} is made of are ${used}.`,
    used: null,
    right: formulaLine(`dz${n}`, network),
    fix: 'use the targets as they are given',
  };
}

/** Other inputs than those that were given; null: it is not known which. */
export function tellInput(used: string | null): Told {
  return {
    kind: 'operation',
    place: 'x',
    text: used === null ? 'What enters layer 1 is not x, but made from it.' : `What enters layer 1 is ${used}.`,
    used,
    right: null,
    fix: 'use the inputs as they are given, or prepare them before backproof does',
  };
}

function times(factor: number, formula: string): string {
  if (formatNumber(factor) === '1') return formula;
  if (factor === -1) return `-(${formula})`;
  return `${formatNumber(factor)} · ${/[ -]/.test(formula) ? `(${formula})` : formula}`;
}
