// One mistake in an update rule: a change of some of its choices.
import type { Rule } from './rule.ts';

/** One way in which a rule differs from another. */
export interface Move {
  /** Moves of one topic exclude each other. */
  readonly topic: string;
  /** What it does, as a clause. */
  readonly says: string | (() => string);
  /** What to do, to follow "Fix: "; null: use the right formula. */
  readonly fix: string | null;
  /** Null where the rule has no such choice. */
  readonly change: (rule: Rule) => Rule | null;
}

/** Whether a rule has such a choice. */
export type Has = (rule: Rule) => boolean;

/** @param change the choices that are other ones */
export function move(
  topic: string,
  has: Has,
  says: Move['says'],
  change: Partial<Rule> | ((rule: Rule) => Partial<Rule>),
  fix: string | null = null,
): Move {
  const changed = (rule: Rule): Rule => ({ ...rule, ...(typeof change === 'function' ? change(rule) : change) });
  return { topic, says, fix, change: (rule) => (has(rule) ? changed(rule) : null) };
}
