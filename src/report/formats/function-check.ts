// The check of a function or a layer as text for the terminal, and as JSON.
import { formatCount, formatNumber } from '../words/numbers.ts';
import { checkLines, checkSentence, isLayerCheck, layerNotes } from '../words/function-check.ts';
import { share } from '../words/shares.ts';
import type { AnyCheck } from '../words/function-check.ts';
import type { Block, Cell } from '../blocks/block.ts';
import { shapeText } from '../../check/function/tree.ts';
import type { TensorCheck } from '../../check/function/result.ts';
import type { Environment } from '../report.ts';
import { wordsForNonFinite } from '../non-finite.ts';
import { safeCheck } from '../safe-report.ts';
import { safeText } from '../../text.ts';
import { renderTerminal } from './terminal.ts';

/** Tensors that are listed; of more, those that are not right come first. */
const LISTED = 30;

/** The blocks of the report. */
export function functionCheckBlocks(check: AnyCheck, name: string): Block[] {
  const { tensors, verdict, evaluations, noise, precision, place } = check;
  const wrongFirst = [...tensors].sort((a, b) => rank(a) - rank(b)).slice(0, LISTED);
  const shown = tensors.length > LISTED ? wrongFirst : tensors;
  const rows = shown.map(row);
  const more = tensors.length - shown.length;
  const where = place === 'nearby' ? ' They are measured at a point nearby.' : '';
  const what = isLayerCheck(check)
    ? `${name}, ${check.outputs === 1 ? '1 output' : `${formatCount(check.outputs)} outputs`}`
    : name;
  const of = `${formatCount(evaluations.value)} evaluations, ${formatCount(evaluations.gradient)} of the gradient`;
  return [
    { kind: 'note', text: `${what}: ${of}; values are exact to ${formatNumber(noise, 2)} (${precision}).${where}` },
    { kind: 'break' },
    { kind: 'table', head: ['tensor', 'entries', 'verdict', 'one entry off by this much shows'], rows },
    ...(more > 0 ? [{ kind: 'note', text: `and ${more} more tensors` } as const] : []),
    ...(isLayerCheck(check) ? layerNotes(check).map((text): Block => ({ kind: 'note', text })) : []),
    { kind: 'break' },
    { kind: 'verdict', verdict, sentence: checkSentence(check, name), lines: checkLines(check) },
  ];
}

function rank({ verdict }: TensorCheck): number {
  return ['disagree', 'undecided', 'agree'].indexOf(verdict);
}

function row({ path, shape, entries, verdict, seenFrom }: TensorCheck): Cell[] {
  const name = shape === null || shape.length === 0 ? path : `${path} ${shapeText(shape)}`;
  const seen = verdict !== 'agree' || seenFrom === null ? '-' : share(seenFrom);
  return [name, formatCount(entries), { verdict: verdict === 'undecided' ? 'inconclusive' : verdict }, seen];
}

/**
 * The check as lines for the terminal, the verdict last.
 * @param name what was checked
 * @param color whether to use colours; the words alone carry the meaning
 */
export function formatFunctionCheck(check: AnyCheck, name = 'the function', color = false): string {
  return renderTerminal(functionCheckBlocks(safeCheck(check), safeText(name)), color);
}

/** A check with what it was of, and where. */
export interface CheckReport {
  readonly check: AnyCheck;
  /** How what was checked is called. */
  readonly name: string;
  /** The command that repeats it. */
  readonly command: string;
  readonly environment: Environment;
}

/** The JSON document of `check`. NaN and infinities become words. */
export function functionCheckJson(report: CheckReport): string {
  const { check, name, command, environment } = safeCheck(report);
  const subject = isLayerCheck(check) ? 'layer' : 'function';
  const document = { schemaVersion: 1, kind: 'check', subject, name, command, environment, ...check };
  return `${JSON.stringify(document, wordsForNonFinite, 1)}\n`;
}
