// The top of a report: the verdict, and where it disagrees what to fix: place, cause, formulas, the
// three numbers.
import type { ComponentChildren } from 'preact';
import type { ExpectedCheck } from '../../../../check/expected/expected-check.ts';
import type { NamedFault } from '../../../../check/diagnosis/diagnose.ts';
import type { Answer, Trouble } from '../../../answer/answer.ts';
import { formatBeside } from '../../../words/numbers.ts';
import { askedSentence, isErratic, saysWhereToLook, toldSentence } from '../../../answer/told.ts';
import { disputedIn, statedIn } from '../model/disputed.ts';
import { isOfOneValue, wrongFormula } from '../model/formulas.ts';
import { toneOf } from '../parts/verdict.tsx';
import { capital, sentence } from '../parts/words.ts';
import type { Labels, Side } from '../parts/words.ts';
import { FormulaPair } from './formula-pair.tsx';
import { ToldCauses } from './told.tsx';

const WORD = { identical: 'Identical', agree: 'Agree', disagree: 'Disagree', inconclusive: 'Inconclusive' } as const;
const MARK = { identical: '=', agree: '✓', disagree: '✗', inconclusive: '?' } as const;

interface Props {
  readonly answer: Answer;
  readonly sides: Labels;
  /** The page's main heading, that of a part of a page, or that of one case. */
  readonly level: 'h1' | 'h2' | 'h3';
  /** The right formula at the first wrong place; null where there is none. */
  readonly formula: string | null;
  /** What the case states; null where there is no case, or it states nothing. */
  readonly expected?: ExpectedCheck | null;
  readonly lines?: readonly string[];
  readonly children?: ComponentChildren;
}

export function AnswerCard(props: Props) {
  const { answer, sides, level: Heading, formula, expected = null, lines = [], children } = props;
  const { kind, headline, trouble } = answer;
  return (
    <section class={`answer ${toneOf(kind)}`} aria-label="verdict">
      <Heading class="verdict">
        <span class="mark" aria-hidden="true">
          {MARK[kind]}
        </span>
        {WORD[kind]}
      </Heading>
      <p class="headline">{trouble === null ? sentence(headline) : shortHeadline(trouble, headline)}</p>
      {trouble === null ? (
        <Lines lines={answer.lines} />
      ) : (
        <Fix {...{ trouble, sides, formula, expected }} lines={answer.lines} />
      )}
      <Lines lines={lines} />
      {children}
    </section>
  );
}

/**
 * Without the numbers, which stand below it: "db1[97] of vector f32 (candidate) is wrong, 840 times
 * the allowed error."
 */
function shortHeadline({ who }: Trouble, headline: string): string {
  const numbers = headline.lastIndexOf(': ', headline.lastIndexOf(', exact '));
  if (who === 'the case' || numbers < 0) return sentence(headline);
  const [far = ''] = /; [^;:]+ times the allowed error$/.exec(headline) ?? [];
  return sentence(`${headline.slice(0, numbers)}${far.replace(';', ',')}`);
}

function Lines({ lines }: { readonly lines: readonly string[] }) {
  return lines.length === 0 ? null : (
    <ul class="lines">
      {lines.map((line) => (
        <li class={line.startsWith('  ') ? 'part' : ''}>{line.trim()}</li>
      ))}
    </ul>
  );
}

interface FixProps {
  readonly trouble: Trouble;
  readonly sides: Labels;
  readonly formula: string | null;
  readonly expected: ExpectedCheck | null;
  readonly lines: readonly string[];
}

function Fix({ trouble, sides, formula, expected, lines }: FixProps) {
  const { faults, pairs, look, probed, side } = trouble;
  const isNamed = faults.length + pairs.length > 0;
  const told = probed?.told ?? [];
  const [asked = null] = probed === null ? [] : askedSentence(probed, side);
  // what the panel shows already is not said again in a line
  const shown = new Set([...told.map(toldSentence), asked]);
  const others = lines.filter(
    (line) =>
      !shown.has(line) &&
      (!/^(Fix: |Look at |Right: |Wrong: |Missing: )/.test(line) || (!isNamed && line.startsWith('Fix: '))) &&
      (pairs.length === 0 || !OF_PAIRS.test(line)),
  );
  const pointsAt = !isNamed && saysWhereToLook(told, look) ? null : formula;
  return (
    <div class="fix">
      <Numbers trouble={trouble} sides={sides} />
      <div class="cause">
        <ToldCauses told={told.filter(isErratic)} asked={asked} />
        {pairs.length > 0 && <Pairs pairs={pairs} />}
        {faults.length > 0 && (
          <>
            <h2>{faults.length === 1 ? 'Likely cause' : 'Likely causes: they give the same numbers here'}</h2>
            {faults.map((fault) => (
              <Cause fault={fault} />
            ))}
          </>
        )}
        <ToldCauses told={told.filter((one) => !isErratic(one))} asked={told.some(isErratic) ? null : asked} />
        <Formulas formula={pointsAt} faults={faults} />
        <Lines lines={others} />
        {expected !== null && <Stated expected={expected} />}
        <Tensors {...trouble} title={trouble.who === 'the case' ? 'Computed:' : 'Gradients:'} />
      </div>
    </div>
  );
}

/** Lines about pairs of mistakes, which the panel shows. */
const OF_PAIRS = /^(Two mistakes together explain this:|And fix: |Or fix: )/;

function Pairs({ pairs }: Pick<Trouble, 'pairs'>) {
  return (
    <>
      {pairs.map(([one, two], n) => (
        <>
          <h2>{n === 0 ? 'Likely causes: two mistakes together' : 'Or these two'}</h2>
          <Cause fault={one} />
          <Cause fault={two} />
        </>
      ))}
    </>
  );
}

function Cause({ fault: { fault, layer, description, remedy } }: { readonly fault: NamedFault }) {
  const at = layer === null ? '' : layer === 'every' ? ' at every layer' : ` at layer ${layer}`;
  return (
    <>
      <p>
        {capital(description)}.{' '}
        <span class="muted">
          ({fault}
          {at})
        </span>
      </p>
      <p class="remedy">
        <strong>Fix:</strong> {remedy}.
      </p>
    </>
  );
}

function Formulas({ formula, faults }: { readonly formula: string | null; readonly faults: readonly NamedFault[] }) {
  if (formula === null) return null;
  const [only] = faults;
  const wrong = only === undefined || faults.length > 1 ? null : wrongFormula(only, formula);
  if (wrong !== null && !isOfOneValue(wrong, formula)) return null; // the fix has the right one
  return <FormulaPair used={wrong} right={formula} heads={['✗ wrong', only === undefined ? '→ look at' : '✓ right']} />;
}

function Numbers({ trouble: { values, who }, sides }: { readonly trouble: Trouble; readonly sides: Labels }) {
  const wrong: Side = who.endsWith('(reference)') ? 'reference' : 'candidate';
  const isCase = who === 'the case';
  const [found = '', exact = '', other = null] = formatBeside(
    [values.found, values.exact],
    values.other === null ? [] : [values.other],
    4,
  );
  const own = [
    isCase ? 'expected by the case' : 'candidate',
    isCase ? '' : sides.candidate.label,
    wrong === 'candidate' ? found : other,
  ] as const;
  const theirs = [
    isCase ? 'computed' : 'reference',
    sides.reference.label,
    wrong === 'reference' ? found : other,
  ] as const;
  return (
    <dl class="three">
      {[own, theirs, ['exact', 'double precision', exact] as const].map(([what, label, text], n) => (
        <div class={text === null ? 'muted' : n === (wrong === 'candidate' ? 0 : 1) ? 'bad' : ''}>
          <dt>
            {what} <span class="muted">{label}</span>
          </dt>
          <dd>{text ?? 'not shown'}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The expected values of a case, by name. */
function Stated({ expected }: { readonly expected: ExpectedCheck }) {
  const wrong = disputedIn(expected);
  const names = (of: ReturnType<typeof statedIn>): string[] =>
    of.map(({ way, measure: { parameter } }) => (way === 'update' ? `${parameter} after training` : parameter));
  const right = statedIn(expected).filter(({ measure }) => measure.left === null);
  return <Tensors right={names(right)} wrong={names(wrong)} missing={[]} title="Expected by the case:" />;
}

type TensorsProps = Pick<Trouble, 'right' | 'wrong' | 'missing'> & { readonly title: string };

function Tensors({ right, wrong, missing, title }: TensorsProps) {
  const groups = [
    ['✗ wrong', wrong, 'bad'],
    ['∅ missing', missing, 'bad'],
    ['✓ right', right, 'good'],
  ] as const;
  return (
    <p class="tensors">
      <span class="muted">{title}</span>
      {groups.map(([head, names, tone]) =>
        names.length === 0 ? null : (
          <span>
            <span class={tone}>{head}</span> {names.slice(0, 12).join(', ')}
            {names.length > 12 && ` and ${names.length - 12} more`}
          </span>
        ),
      )}
    </p>
  );
}
