// What the expected values of a case came to, and how the exact gradients were checked themselves: lines below its table.
import type { CaseCheck } from '../../check/expected/case-check.ts';
import type { ExpectedTrainingCheck } from '../../check/expected/expected-check.ts';
import type { GradientCheck } from '../../check/gradient-check.ts';
import { formatNumber } from './numbers.ts';

/** How the exact gradients were checked themselves. */
export function oracleLine({ oracleCheck }: GradientCheck): string | null {
  if (oracleCheck === null) return null;
  const entries = oracleCheck.centralDifferences.reduce((sum, m) => sum + m.entries, 0);
  const order = oracleCheck.taylorOrder === null ? 'too straight to tell' : formatNumber(oracleCheck.taylorOrder, 3);
  const apart = formatNumber(oracleCheck.slopesApart, 2);
  const graph =
    oracleCheck.graphApart === null ? '' : `; a graph of scalars is ${formatNumber(oracleCheck.graphApart, 2)} apart`;
  return `Exact gradients: ${entries} entries checked by finite differences, ${apart} apart (relative)${graph}; Taylor order ${order}.`;
}

/** What the expected values of a case came to: "expected values (PyTorch ...): agree; after 5 steps of adam: ..." */
export function expectedLines({ expected }: CaseCheck): string[] {
  if (expected === null) return [];
  const { decimals = null } = expected;
  const judged = decimals === null ? '' : `, judged by the ${decimals} decimals that are given`;
  const lines = [`expected values (${expected.source}): ${expected.verdict.kind}${judged}`];
  if (expected.training !== null) lines.push(`parameters after ${trainingPhrase(expected.training)}`);
  return lines;
}

function trainingPhrase({ steps, parameters, differs }: ExpectedTrainingCheck): string {
  const apart = formatNumber(Math.max(...parameters.map((m) => m.relativeDifference)), 2);
  const other =
    differs === null ? '' : `, computed here with the other definition, ${differs.mistake}: ${differs.reason}`;
  return `${steps} training step${steps === 1 ? '' : 's'}: ${apart} apart (relative)${other}`;
}
