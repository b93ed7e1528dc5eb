// A verdict or a status as a mark and a word: never told by its colour alone.
import type { VerdictKind } from '../../../../check/verdict.ts';
import type { Status } from '../model/stages.ts';

const MARK: Record<VerdictKind, string> = { identical: '=', agree: '✓', disagree: '✗', inconclusive: '?' };
const TONE: Record<VerdictKind, string> = { identical: 'good', agree: 'good', disagree: 'bad', inconclusive: 'open' };

export function toneOf(kind: VerdictKind): string {
  return TONE[kind];
}

export function Verdict({ kind }: { readonly kind: VerdictKind }) {
  return (
    <span class={`${TONE[kind]} nowrap`}>
      <span aria-hidden="true">{MARK[kind]} </span>
      {kind}
    </span>
  );
}

export const STATUS_MARK: Record<Status, string> = { right: '✓', wrong: '✗', missing: '✗', open: '?', unknown: '·' };
export const STATUS_WORD: Record<Status, string> = {
  right: 'right',
  wrong: 'wrong',
  missing: 'missing',
  open: 'undecided',
  unknown: 'not compared',
};
const STATUS_TONE: Record<Status, string> = {
  right: 'good',
  wrong: 'bad',
  missing: 'bad',
  open: 'open',
  unknown: 'muted',
};

export function StatusMark({ status }: { readonly status: Status }) {
  return (
    <span class={STATUS_TONE[status]}>
      <span aria-hidden="true">{STATUS_MARK[status]}</span>
      <span class="hidden"> {STATUS_WORD[status]}</span>
    </span>
  );
}
