// The blocks of a comparison: the settings, the checks, the results of training.
import type { CompareReport } from '../report.ts';
import type { Safe } from '../safe-report.ts';
import { lossPartsLines } from '../words/expected.ts';
import { kinkLines, partingSentence } from '../words/sentences.ts';
import { describeSettings } from '../words/settings.ts';
import type { Block } from './block.ts';
import { checkRows, storing } from './check-rows.ts';
import { outcomeRows } from './outcome-rows.ts';
import { checkTable } from './tables.ts';

export function compareBlocks(report: Safe<CompareReport>): Block[] {
  const parting = partingSentence(report.freeRun, report);
  return [
    { kind: 'run', text: describeSettings(report.settings) },
    { kind: 'break' },
    checkTable('check', checkRows(report)),
    ...storing([...report.lockstep.trainSteps, ...report.lockstep.updates]),
    ...outcomeBlocks(report),
    ...lossPartsLines(report.gradientCheck).map((text): Block => ({
      kind: 'note',
      text: `Before training, ${text[0].toLowerCase()}${text.slice(1)}`,
    })),
    ...kinkLines(report.lockstep.kinks).map((text): Block => ({ kind: 'note', text })),
    ...(parting === null ? [] : [{ kind: 'note', text: `Note: ${parting}` } as const]),
  ];
}

function outcomeBlocks(report: Safe<CompareReport>): Block[] {
  const rows = outcomeRows(report).map(({ what, candidate, reference, note }) => [what, candidate, reference, note]);
  if (rows.length === 0) return [];
  return [{ kind: 'break' }, { kind: 'table', head: ['', report.candidate.label, report.reference.label, ''], rows }];
}
