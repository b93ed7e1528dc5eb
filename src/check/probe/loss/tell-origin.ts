// What is said about gradients that start from another loss than the one returned, or that have
// a penalty in them.
import { formulaLine } from '../../../network/formulas.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { listed } from '../../../text.ts';
import type { Found, Told } from '../told.ts';
import { decayText, formulaOfLoss, nameOfData, nameOfLoss, oneSign, penaltyText } from './describe.ts';
import type { Decay, Origin } from './gradients.ts';
import type { Measured } from './penalties.ts';
import type { Recognised } from './recognised.ts';
import { digits } from './round-numbers.ts';
import { isForm } from './known-losses.ts';
import { sayLoss } from './say.ts';
import type { Findings } from './say.ts';

export function tellOrigin(all: Findings, loss: Recognised, origins: readonly Origin[]): Found[] {
  const { isRight, right } = all;
  const [origin] = origins;
  const isOwn = origin.data.known === loss.known && origin.data.free === loss.free;
  const isPlain = Math.abs(origin.factor - 1) < 1e-6 && origin.over?.batch === loss.batch;
  const decays = origin.decays ?? [];
  const text = decayText(decays);
  if ((isOwn || origin.data.known === right.known) && isPlain && origin.decays !== null && text !== null)
    return [penaltyInGradient(all, loss, origin.decays, text)];
  if (isOwn && isPlain && loss.penalties.length > 0 && origin.decays !== null) return [penaltyInLossOnly(all, loss)];
  if (isOwn && isRight) return []; // a factor of all gradients: others tell it
  if (isOwn) return [timesOwn(all, loss, origin)];
  return [otherOrigin(all, loss, origins)];
}

/** dz2 */
function lastScore({ layers }: NetworkSpec): string {
  return `dz${layers.length}`;
}

/** "dW1, dW2" */
function placesOf(decays: readonly Decay[]): string[] {
  return decays.filter(({ l1, l2 }) => l1 !== 0 || l2 !== 0).map(({ name }) => `d${name}`);
}

function penaltyInGradient(all: Findings, loss: Recognised, decays: readonly Decay[], text: string): Found {
  const { network, isRight } = all;
  const places = placesOf(decays);
  const common = {
    kind: 'loss' as const,
    place: places[places.length - 1],
    right: formulaLine(places[places.length - 1], network),
  };
  const used = `${common.right ?? places[places.length - 1]} + ${lastPart(decays)}`;
  const extra = `${places.join(' and ')} ${places.length > 1 ? 'have' : 'has'} ${text} in ${places.length > 1 ? 'them' : 'it'}`;
  if (isRight || loss.penalties.length === 0) {
    const name = isRight ? '' : `${sayLoss(all, loss)}. `;
    return {
      ...common,
      used,
      text: `${name}${extra}, the gradient of a penalty; the loss has no penalty. Apart from it, the gradients are right.`,
      fix: 'leave the penalty out of the gradients, or add it to the loss as well',
      ...(isRight && besideDeclared(places, decays, common.right)),
    };
  }
  const ratio = ratioOf(decays, loss.penalties);
  const factor = ratio === null ? '' : `: ${digits(ratio)} times its gradient`;
  return {
    ...common,
    used,
    text: `The loss has the penalty ${penaltyText(loss)}. ${extra}${factor}. Apart from it, the gradients are those of ${nameOfData(network, loss)}.`,
    fix: fixOf(ratio),
  };
}

/** What is in the gradients beside that of the declared penalty, or missing of it. */
function besideDeclared(
  places: readonly string[],
  decays: readonly Decay[],
  right: string | null,
): Pick<Found, 'besidePenalties'> {
  const sign = oneSign(decays.flatMap(({ l1, l2 }) => [l1, l2]));
  if (sign === null) return {};
  const isLess = sign < 0;
  const shown = isLess ? decays.map((one) => ({ ...one, l1: -one.l1 + 0, l2: -one.l2 + 0 })) : decays;
  const [part, last] = [decayText(shown) ?? '', lastPart(shown)];
  const [has, lacks, it] = places.length > 1 ? ['have', 'lack', 'them'] : ['has', 'lacks', 'it'];
  const of = `${right ?? places[places.length - 1]} + the gradient of the declared penalty`;
  const besidePenalties = {
    text: isLess
      ? `${listed(places)} ${lacks} ${part} of the gradient of the declared penalty. Apart from that, the gradients are right.`
      : `${listed(places)} ${has} ${part} in ${it} besides the gradient of the declared penalty. Apart from that, the gradients are right.`,
    used: `${of} ${isLess ? '-' : '+'} ${last}`,
    right: of,
    fix: isLess ? `add ${part} to ${listed(places)}` : `leave ${part} out of ${listed(places)}`,
  };
  return { besidePenalties };
}

function fixOf(ratio: number | null): string {
  if (ratio !== null && Math.abs(ratio - 0.5) < 1e-3)
    return 'the gradient of λ Σ W² is 2 λ W: put the factor 2 there, or ½ into the loss';
  return 'make the penalty in the loss and the one in the gradients fit each other: λ Σ W² and 2 λ W, or λ Σ |W| and λ sign(W)';
}

function lastPart(decays: readonly Decay[]): string {
  const [last] = decays.filter(({ l1, l2 }) => l1 !== 0 || l2 !== 0).slice(-1);
  return decayText([last])?.replace(/\b[Wb]\b/, last.name) ?? '';
}

/** How many times the gradient of the loss's penalty is in the gradients; null: of another kind. */
function ratioOf(decays: readonly Decay[], penalties: readonly Measured[]): number | null {
  if (penalties.length !== 1) return null;
  const [{ penalty, strength }] = penalties;
  if (penalty.kind !== 'L1' && penalty.kind !== 'L2') return null;
  const wanted = penalty.kind === 'L2' ? 2 * strength : strength;
  const ratios = decays
    .filter(({ l1, l2 }) => l1 !== 0 || l2 !== 0)
    .map(({ l1, l2 }) => (penalty.kind === 'L2' ? (l1 === 0 ? l2 : NaN) : l2 === 0 ? l1 : NaN) / wanted);
  const [first] = ratios;
  return ratios.every((ratio) => Math.abs(ratio / first - 1) < 1e-3) ? first : null;
}

function penaltyInLossOnly(all: Findings, loss: Recognised): Told {
  const { network } = all;
  return {
    kind: 'loss',
    place: 'loss',
    text: `${sayLoss(all, loss)}. The gradients are those of ${nameOfData(network, loss)}: the penalty's own is not in them.`,
    used: formulaOfLoss(network, loss),
    right: formulaLine('loss', network),
    fix: `leave the penalty ${penaltyText(loss)} out of the loss, or add its gradient to the gradients`,
  };
}

function timesOwn(all: Findings, loss: Recognised, origin: Origin): Told {
  const { network } = all;
  const extra = decayText(origin.decays ?? []);
  const isTimes = origin.over?.batch === loss.batch;
  const of = isTimes ? `${digits(origin.factor)} times its own` : `those of ${nameOfOrigin(network, origin)}`;
  const also = extra === null ? '' : `, with ${extra} in them besides`;
  return {
    kind: 'loss',
    place: 'loss',
    text: `${sayLoss(all, loss)}. The gradients are ${of}${also}.`,
    used: formulaOfLoss(network, loss),
    right: formulaLine('loss', network),
    fix: null,
  };
}

/** "binary cross-entropy, summed over the outputs, summed over the batch" */
function nameOfOrigin(network: NetworkSpec, { data, factor, over }: Origin): string {
  const factors = data.factors.map((c) => c * factor);
  const loss = { ...data, factors, penalties: [], batch: over?.batch ?? 'mean', penaltyPower: 0 } as const;
  return nameOfLoss(network, loss);
}

function otherOrigin(all: Findings, loss: Recognised, origins: readonly Origin[]): Told {
  const { network, isRight, right } = all;
  const [{ data, decays }] = origins;
  const isSoftmax = network.layers.at(-1)?.activation === 'softmax';
  const isTwice = isSoftmax && right.known.id === 'cross-entropy' && data.known.id === 'squared-error';
  // of outputs of softmax, Huber loss is squared error
  const others = isTwice ? [] : origins.slice(1).filter(({ data: { known } }) => !isForm(known.id));
  const names = [origins[0], ...others].slice(0, 2).map((one) => nameOfOrigin(network, one));
  const z = lastScore(network);
  const of = data.known === right.known ? names[0] : names.join(', or that of ');
  const what = isRight ? `The loss is ${nameOfLoss(network, loss)}` : sayLoss(all, loss);
  const twice = isTwice ? " It comes out where softmax's derivative is applied to p - t, which has it already." : '';
  const rest = decays === null ? '' : ' The rest of the gradients follows from it.';
  return {
    kind: 'loss',
    place: z,
    text: `${what}. ${z} is the gradient of ${of}.${twice}${rest}`,
    used: isRight ? null : formulaOfLoss(network, loss),
    right: formulaLine(z, network),
    fix:
      isRight || data.known !== right.known
        ? `use one loss for both; for ${nameOfLoss(network, right)}, ${formulaLine(z, network) ?? ''}`
        : formulaLine('loss', network),
  };
}
