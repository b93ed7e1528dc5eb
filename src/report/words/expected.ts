// Lines below a case's table: the result for its expected values, and how the exact gradients were
// checked.
import type { CaseCheck } from '../../check/expected/case-check.ts';
import type { ExpectedTrainingCheck } from '../../check/expected/expected-check.ts';
import type { GradientCheck } from '../../check/gradient-check.ts';
import { formatNumber } from './numbers.ts';

/** How the exact gradients were checked. */
export function oracleLine({ oracleCheck }: GradientCheck): string | null {
  if (oracleCheck === null) return null;
  const entries = oracleCheck.centralDifferences.reduce((sum, m) => sum + m.entries, 0);
  const order = oracleCheck.taylorOrder === null ? 'too straight to tell' : formatNumber(oracleCheck.taylorOrder, 3);
  const apart = formatNumber(oracleCheck.slopesApart, 2);
  const graph =
    oracleCheck.graphApart === null ? '' : `; a graph of scalars is ${formatNumber(oracleCheck.graphApart, 2)} apart`;
  return `Exact gradients: ${entries} entries checked by finite differences, ${apart} apart (relative)${graph}; Taylor order ${order}.`;
}

/**
 * The result for a case's expected values: "expected values (PyTorch ...): agree", "parameters
 * after 5 training steps: ..."
 */
export function expectedLines({ expected }: CaseCheck): string[] {
  if (expected === null) return [];
  const { decimals = null } = expected;
  const judged = decimals === null ? '' : `, judged to the given ${decimals} decimals`;
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
