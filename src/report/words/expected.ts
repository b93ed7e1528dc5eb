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
  const order =
    oracleCheck.taylorOrder === null
      ? 'the Taylor remainder is too small to show its order'
      : `the Taylor remainder has order ${formatNumber(oracleCheck.taylorOrder, 3)} (2 is right)`;
  const apart = formatNumber(oracleCheck.slopesApart, 2);
  const graph =
    oracleCheck.graphApart === null ? '' : `, a graph of scalars by ${formatNumber(oracleCheck.graphApart, 2)}`;
  return `Exact gradients: finite differences of ${entries} entries differ by ${apart} (relative)${graph}; ${order}.`;
}

/** "Exact loss 0.82: 0.75 of the data, 0.07 the penalty."; none without penalties. */
export function lossPartsLines({ lossParts }: Pick<GradientCheck, 'lossParts'>): string[] {
  if (lossParts === undefined) return [];
  const { data, penalty } = lossParts;
  const [whole, ofData, rest] = [data + penalty, data, penalty].map((x) => formatNumber(x, 4));
  return [`Exact loss ${whole}: ${ofData} of the data, ${rest} the penalty.`];
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
