// Tells an update rule that was found: what is different in it, its formula, and the right one.
import type { OptimizerSpec } from '../../../ops/optimizers/optimizer.ts';
import { optimizerPage, optimizerPages } from '../../../ops/optimizers/registry.ts';
import type { Told } from '../told.ts';
import { formulaOf } from './formula.ts';
import { gradientOf } from './formula-parts.ts';
import { shown } from './moves.ts';
import { declaredFamily } from './rule.ts';
import type { Rule } from './rule.ts';
import type { Explanation } from './search.ts';

/** The state of an optimizer, or chance: the same question had two answers. */
export function tellNotFresh(): Told {
  return {
    kind: 'state',
    place: 'updates',
    text:
      'The same first update of the same parameters gave different numbers the second time: ' +
      'the optimizer state is kept when new parameters are loaded, or there is chance in the update.',
    used: null,
    right: null,
    fix: 'start with fresh optimizer state for new parameters',
  };
}

/** These tensors are not updated. */
export function tellStill(spec: OptimizerSpec, names: readonly string[]): Told {
  const right = optimizerPage(spec.id).formula;
  const place = names.join(', ');
  return { kind: 'update', place, text: `${place}: nothing changes.`, used: 'w ← w', right, fix: `use ${right}` };
}

/** The right update, with the clipping and the decay that are declared. */
export function rightOf(spec: OptimizerSpec): string {
  const declared = declaredFamily(spec);
  const isDecayed = spec.id === 'sgd' && declared?.rule.decay === 'with-rate'; // AdamW's page has it
  if (isDecayed) return formulaOf(declared.rule);
  return [...(declared === undefined ? [] : gradientOf(declared.rule)), optimizerPage(spec.id).formula].join(',  ');
}

/**
 * @param names the tensors whose update this is
 * @param count of all tensors
 */
export function tellUpdate(
  spec: OptimizerSpec,
  explanations: readonly Explanation[],
  names: readonly string[],
  count: number,
): Told {
  const right = rightOf(spec);
  const isAll = names.length === count;
  const clauses = explanations.map((one) => clauseOf(one, spec));
  const fixes = new Set(explanations.map((one) => fixOf(one, right) + declarable(one, spec)));
  const [fix = null] = fixes.size === 1 ? [...fixes] : [`use ${right}`];
  const place = isAll ? 'In the update' : `In the update of ${names.join(', ')}`;
  const several = clauses.length > 1;
  const said = several ? `either ${clauses.join('; or ')}: the same in all updates that were asked for` : clauses[0];
  return {
    kind: 'update',
    place: isAll ? 'updates' : names.join(', '),
    text: `${place}, ${said}.`,
    used: explanations.map(({ rule }) => formulaOf(rule)).join('  or  '),
    right,
    fix,
  };
}

function clauseOf({ rule, family, moves }: Explanation, spec: OptimizerSpec): string {
  const isDeclared = family.id === spec.id;
  const clauses = [
    ...moves.map(({ says }) => (typeof says === 'string' ? says : says())),
    ...rateClauses(rule, spec.learningRate),
  ];
  if (isDeclared) return clauses.join(', and ');
  const declared = declaredFamily(spec)?.name ?? spec.id;
  return [`the rule is that of ${family.name}, not of ${declared}`, ...clauses].join(', and ');
}

function rateClauses({ rate, schedule }: Rule, lr: number): string[] {
  const clauses: string[] = [];
  if (rate.value === 0) clauses.push('nothing changes');
  else if (rate.value === -1) clauses.push('the step is added, not subtracted');
  else if (rate.name === 'lr') clauses.push('the learning rate is multiplied twice');
  else if (rate.name === '1/lr') clauses.push('the learning rate is left out');
  else if (rate.value !== 1) {
    clauses.push(`the step is ${rate.name} times as long (as with a learning rate of ${shown(rate.value * lr)})`);
  }
  if (schedule.list !== undefined)
    clauses.push(`the steps are ${schedule.list.map(({ name }) => name).join(', ')} ... times as long`);
  else if (schedule.form !== 'constant') clauses.push('the learning rate changes from step to step');
  return clauses;
}

/** "; or declare --optimizer adagrad": the rule is exactly another one of the list. */
function declarable({ rule, family, moves }: Explanation, spec: OptimizerSpec): string {
  const isPlain = moves.length === 0 && rule.rate.value === 1 && rule.schedule.form === 'constant';
  const isKnown = family.id !== spec.id && optimizerPages().some(({ id }) => id === family.id);
  return isPlain && isKnown ? `; or declare --optimizer ${family.id}` : '';
}

function fixOf({ rule, moves }: Explanation, formula: string): string {
  const fixes = new Set(moves.flatMap(({ fix }) => (fix === null ? [] : [fix])));
  if (fixes.size === moves.length && fixes.size > 0 && rule.rate.value === 1 && rule.schedule.form === 'constant')
    return [...fixes].join('; ');
  return `use ${formula}`;
}
