// Turns rows into table blocks with column heads.
import type { CaseCheck } from '../../check/expected/case-check.ts';
import type { Block } from './block.ts';
import { caseRows } from './case-rows.ts';
import type { CheckRow } from './check-rows.ts';

/** @param first the head of the first column */
export function checkTable(first: string, rows: readonly CheckRow[]): Block {
  return {
    kind: 'table',
    head: [first, 'verdict', 'worst entry', 'of the bound', 'relative difference'],
    rows: rows.map(({ check, verdict, worst, used, relative }) => [check, { verdict }, worst, used, relative]),
  };
}

/** One row per case. */
export function caseTable(cases: readonly CaseCheck[]): Block {
  return {
    kind: 'table',
    head: ['verdict', 'case', 'engines', 'expected values'],
    rows: caseRows(cases).map(({ verdict, name, used, expected }) => [{ verdict }, name, used, expected]),
  };
}
