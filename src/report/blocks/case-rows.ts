// The table of many cases, as data: one row per case.
import type { CaseCheck } from '../../check/expected/case-check.ts';
import type { VerdictKind } from '../../check/verdict.ts';
import { formatNumber, formatUsed } from '../words/numbers.ts';
import { worstOf } from './check-rows.ts';

export interface CaseRow {
  readonly name: string;
  readonly verdict: VerdictKind;
  readonly used: string;
  readonly expected: string;
}

export function caseRows(cases: readonly CaseCheck[]): CaseRow[] {
  return cases.map(({ name, verdict, gradientCheck: g, updateCheck, expected }) => {
    const worst = worstOf([g.loss, g.outputs, ...g.parameters, ...(updateCheck?.updates ?? [])]);
    const measures =
      expected === null
        ? []
        : [expected.loss, ...expected.parameters, expected.training?.losses, ...(expected.training?.parameters ?? [])];
    const apart = formatNumber(Math.max(0, ...measures.map((m) => m?.relativeDifference ?? 0)), 2);
    const other = expected?.training?.differs ?? null;
    const differs = other === null ? '' : `, as ${other.mistake}`;
    return {
      name,
      verdict: verdict.kind,
      used:
        worst === null
          ? '-'
          : `${formatUsed(worst.usedOfBound)}${worst.usedOfBound > 1 ? '' : ' of'} the allowed error`,
      expected: expected === null ? 'none' : `${apart} apart (${expected.source})${differs}`,
    };
  });
}
