// The blocks of a gradient check: one table per batch of the data set or per case file, with one
// row per tensor.
import type { CaseCheck } from '../../check/expected/case-check.ts';
import type { GradientCheck } from '../../check/gradient-check.ts';
import type { UpdateCheck } from '../../check/update-check.ts';
import type { GradcheckReport } from '../report.ts';
import type { Safe } from '../safe-report.ts';
import { expectedLines, lossPartsLines, oracleLine } from '../words/expected.ts';
import { kinkLines } from '../words/sentences.ts';
import { describeBatch } from '../words/settings.ts';
import type { Block } from './block.ts';
import { storing, tensorRows, updateRows } from './check-rows.ts';
import { caseTable, checkTable } from './tables.ts';

export function gradcheckBlocks({ settings, gradientCheck, updateCheck, cases }: Safe<GradcheckReport>): Block[] {
  return [
    ...(settings === null ? [] : [{ kind: 'run', text: describeBatch(settings) } as const]),
    ...(gradientCheck === null ? [] : batchBlocks(gradientCheck, updateCheck)),
    ...casesBlocks(cases),
  ];
}

function batchBlocks(gradientCheck: GradientCheck, updateCheck: UpdateCheck | null): Block[] {
  const { kinks, allZeroExamples } = gradientCheck;
  const oracle = oracleLine(gradientCheck);
  return [
    { kind: 'break' },
    tensorTable(gradientCheck, updateCheck),
    ...storing([...(updateCheck?.updates ?? []), ...(updateCheck?.trainSteps ?? [])]),
    ...lossPartsLines(gradientCheck).map((text): Block => ({ kind: 'note', text })),
    ...(oracle === null ? [] : [{ kind: 'note', text: oracle } as const]),
    ...kinkLines(kinks).map((text): Block => ({ kind: 'note', text })),
    ...(allZeroExamples === null || allZeroExamples === 0
      ? []
      : [{ kind: 'note', text: `All scores are 0 in ${allZeroExamples} examples.`, only: 'terminal' } as const]),
  ];
}

/** Up to this many cases, the terminal shows each case tensor by tensor. */
const FULL_CASES = 3;

function casesBlocks(cases: readonly CaseCheck[]): Block[] {
  const full = cases.flatMap(caseBlocks);
  if (cases.length <= FULL_CASES) return full;
  return [
    { kind: 'break' },
    { ...caseTable(cases), only: 'terminal' },
    ...full.map((block): Block => ({ ...block, only: 'markdown' })),
  ];
}

function caseBlocks(one: CaseCheck): Block[] {
  const { name, note, gradientCheck, updateCheck } = one;
  const below = [...lossPartsLines(gradientCheck), ...kinkLines(gradientCheck.kinks), ...expectedLines(one)];
  return [
    { kind: 'break' },
    { kind: 'case', name },
    ...(note === null ? [] : [{ kind: 'note', text: `Note: ${note}` } as const]),
    tensorTable(gradientCheck, updateCheck),
    ...below.map((text): Block => ({ kind: 'clause', text })),
  ];
}

function tensorTable(gradientCheck: GradientCheck, updateCheck: UpdateCheck | null): Block {
  return checkTable('tensor', [...tensorRows(gradientCheck), ...(updateCheck === null ? [] : updateRows(updateCheck))]);
}
