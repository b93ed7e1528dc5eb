// What is said about a loss and the gradients that came with it.
import { formulaLine } from '../../../network/formulas.ts';
import type { Found, Told } from '../told.ts';
import { declaration } from './declaration.ts';
import { formulaOfLoss, nameOfLoss, oneSign, penaltyText } from './describe.ts';
import { ruleOf } from './recognised.ts';
import type { Recognised } from './recognised.ts';
import { digits } from './round-numbers.ts';
import { sayLoss } from './say.ts';
import type { Findings } from './say.ts';
import { tellOrigin } from './tell-origin.ts';

export function tell(all: Findings): Found[] {
  const { loss, isRight, gradients } = all;
  if (loss === null) return gradients.is === 'right' ? [unknownLoss(all)] : [];
  if (gradients.is === 'other' && gradients.origins[0].over !== null) return tellOrigin(all, loss, gradients.origins);
  if (isRight) return [];
  if (gradients.is === 'own') return [ownPair(all, loss)];
  return [otherLoss(all, loss)];
}

function about({ network }: Findings, loss: Recognised | null): Omit<Told, 'text' | 'fix'> {
  return {
    kind: 'loss',
    place: 'loss',
    used: loss === null ? null : formulaOfLoss(network, loss),
    right: formulaLine('loss', network),
  };
}

function unknownLoss(all: Findings): Found {
  const { network, right } = all;
  const name = nameOfLoss(network, right);
  const text = `The gradients are those of ${name}, as they should be. The loss that is returned is another function.`;
  const fix = formulaLine('loss', network);
  const besidePenalties = {
    text: 'The gradients are right. With the declared penalty subtracted, the loss that is returned is another function: its penalty, or the loss of the data, is wrong.',
    fix: fix === null ? null : `${fix} + the declared penalty`,
  };
  return { ...about(all, null), text, fix, besidePenalties };
}

function ownPair(all: Findings, loss: Recognised): Told {
  const { network, declares } = all;
  if (ruleOf(loss).isMistake || loss.known.slipOf !== undefined)
    return {
      ...about(all, loss),
      text: `${sayLoss(all, loss)}, and the gradients are its own.`,
      fix: formulaLine('loss', network),
    };
  const how = declaration(network, loss, declares);
  const text = `${sayLoss(all, loss)}, and the gradients are its own. ${how}`;
  return { ...about(all, loss), text, fix: null };
}

function otherLoss(all: Findings, loss: Recognised): Found {
  const { network, right, gradients } = all;
  const last = `dz${network.layers.length}`;
  const own = nameOfLoss(network, right);
  if (gradients.is === 'start') {
    const of = gradients.of === 'own' ? 'of this loss' : `of ${own}`;
    const text = `${sayLoss(all, loss)}. ${last} is the gradient ${of}.`;
    return { ...about(all, loss), text, fix: gradients.of === 'own' ? null : formulaLine('loss', network) };
  }
  if (gradients.is !== 'right') {
    return { ...about(all, loss), text: `${sayLoss(all, loss)}.`, fix: null };
  }
  const isHarmless = /-(epsilon|clipped)$/.test(loss.known.id);
  if (isHarmless) return { ...about(all, loss), text: `${sayLoss(all, loss)}. The gradients are right.`, fix: null };
  if (loss.penalties.length > 0)
    return {
      ...about(all, loss),
      text: `${sayLoss(all, loss)}. The gradients are right without the penalty: its own gradient is not in them.`,
      fix: `leave the penalty ${penaltyText(loss)} out of the loss, or add its gradient to the gradients`,
      ...(isData(loss, right) && apartFromDeclared(all, loss)),
    };
  return {
    ...about(all, loss),
    text: `${sayLoss(all, loss)}. The gradients are those of ${own}, as they should be.`,
    fix: formulaLine('loss', network),
  };
}

/** Whether the losses of the data are the same. */
function isData(one: Recognised, other: Recognised): boolean {
  const of = ({ known, free, factors, positive, batch }: Recognised): string =>
    [known.id, free, positive, batch, ...factors.map(digits)].join();
  return of(one) === of(other);
}

/** Its penalties as what is missing of the declared one, or beside it. */
function apartFromDeclared({ network }: Findings, loss: Recognised): Pick<Found, 'besidePenalties'> {
  const sign = oneSign(loss.penalties.map(({ strength }) => strength));
  if (sign === null) return {};
  const isLess = sign < 0;
  const penalties = loss.penalties.map((one) => ({ ...one, strength: Math.abs(one.strength) }));
  const part = penaltyText({ ...loss, penalties });
  const data = formulaOfLoss(network, { ...loss, penalties: [] });
  const [used, right] = [data, formulaLine('loss', network) ?? data].map((one) => `${one} + the declared penalty`);
  const besidePenalties = {
    text: isLess
      ? `The loss that is returned lacks ${part} of the declared penalty. The gradients have it.`
      : `The loss that is returned has ${part} in it besides the declared penalty. The gradients are right without it.`,
    used: `${used} ${isLess ? '-' : '+'} ${part}`,
    right,
    fix: isLess ? `add ${part} to the loss` : `leave ${part} out of the loss, or declare it and add its gradient`,
  };
  return { besidePenalties };
}
