// Where the two disagree: the first wrong place, the three numbers side by side, the diagnosis, and the formula that is right.
import type { Finding } from '../../../../check/verdict.ts';
import { formulaAt, updateFormula } from '../../../formulas.ts';
import type { CompareReport } from '../../../report.ts';
import { formatApart } from '../../../words/numbers.ts';
import { answerOf } from '../../../answer/answer.ts';
import { distinctFindings, findingSentence, formatPlace } from '../../../words/findings.ts';
import { inconclusiveReason } from '../../../words/sentences.ts';
import { formatNumber, formatUsed } from '../../../words/numbers.ts';
import { EntryTable } from '../parts/entry-table.tsx';
import { SIDES, nameOf } from '../parts/words.ts';
import type { Side } from '../parts/words.ts';
import { Table } from '../parts/table.tsx';

/** Findings listed in full. */
const SHOWN = 20;

export function Disagreement({ report }: { readonly report: CompareReport }) {
  return (
    <section aria-labelledby="disagreement">
      <h2 id="disagreement">Where it disagrees</h2>
      {report.verdict.kind === 'disagree' ? (
        <Findings report={report} findings={report.verdict.findings} />
      ) : (
        <p>{nowhere(report)}</p>
      )}
    </section>
  );
}

/** null where it does disagree somewhere. */
function nowhere({ verdict }: CompareReport): string | null {
  switch (verdict.kind) {
    case 'identical':
      return 'Nowhere: every number that was compared has the same bits.';
    case 'agree':
      return `Nowhere: every number is within what rounding explains, the worst one at ${formatUsed(verdict.usedOfBound)} of its bound.`;
    case 'inconclusive':
      return `Nothing wrong was found in what was looked at, but not everything could be: ${inconclusiveReason(verdict)}.`;
    case 'disagree':
      return null;
  }
}

function Findings({ report, findings }: { readonly report: CompareReport; readonly findings: readonly Finding[] }) {
  const distinct = distinctFindings(findings);
  const more = findings.length - Math.min(SHOWN, distinct.length);
  const { lines } = answerOf(report);
  return (
    <>
      <FirstPlaces report={report} />
      <h3>Diagnosis</h3>
      {lines.length === 0 ? (
        <p>None: what is wrong is not compared with known mistakes here. The findings below say where it is.</p>
      ) : (
        <ul id="diagnosis">
          {lines.map((line) => (
            <li>{line}</li>
          ))}
        </ul>
      )}
      <h3>Findings</h3>
      <Numbers report={report} findings={distinct} />
      <ol id="findings">
        {distinct.slice(0, SHOWN).map((f) => (
          <li>{findingSentence(f, report)}</li>
        ))}
      </ol>
      {more > 0 && <p class="muted">And {more} more of the same at other steps or places: all in the JSON.</p>}
    </>
  );
}

/** The first place in the order of computation, of each side that is wrong, and what is right there. */
function FirstPlaces({ report }: { readonly report: CompareReport }) {
  const { gradientCheck, lockstep, settings } = report;
  const places = SIDES.flatMap((side) => {
    const before = gradientCheck.firstWrong[side];
    if (before !== null) return [{ side, place: before, when: whenBefore(report) }];
    const along = lockstep.firstWrong[side];
    return along === null ? [] : [{ side, place: along, when: `at step ${along.step}` }];
  });
  if (places.length === 0) return <Updates report={report} />;
  return (
    <>
      {places.map(({ side, place, when }) => (
        <>
          <h3>
            First wrong: {formatPlace({ parameter: place.name, index: place.index })} of {nameOf(report, side)}, {when}
          </h3>
          <Three
            report={report}
            id={`first-wrong-${side}`}
            candidate={side === 'candidate' ? place.found : place.other}
            reference={side === 'reference' ? place.found : place.other}
            {...place}
          />
          <Formula text={formulaAt(place.name, settings.network)} />
        </>
      ))}
    </>
  );
}

/** A gradient may be right the first time, and wrong when its batch comes again after another one. */
function whenBefore({ gradientCheck: { verdict } }: CompareReport): string {
  const findings = verdict.kind === 'disagree' ? verdict.findings : [];
  const again = findings.length > 0 && findings.every((f) => f.kind === 'beyond-bound' && f.what === 'again');
  return again ? 'when the same batch comes a second time' : 'before training';
}

/** Gradients that are right, and a wrong step. */
function Updates({ report }: { readonly report: CompareReport }) {
  const findings = report.verdict.kind === 'disagree' ? report.verdict.findings : [];
  const steps = findings.flatMap((f) => (f.kind === 'beyond-bound' ? [f] : []));
  const update = steps.find(({ what }) => what === 'update');
  const wrong = update ?? steps.find(({ what }) => what === 'train-step');
  if (wrong === undefined) return null;
  const { measure } = wrong;
  const after = update === undefined ? 'a training step' : 'an update with right gradients';
  const who = measure.left === null || measure.left === 'both' ? 'both' : nameOf(report, measure.left);
  return (
    <>
      <h3>
        First wrong: {formatPlace(measure)} of {who} after {after}
        {measure.step === null ? '' : `, step ${measure.step}`}
      </h3>
      <Three report={report} id="first-wrong-update" {...measure} exact={measure.oracle} />
      {update === undefined ? (
        <p>Gradients and updates are right each for itself: it is what a training step does with them, and when.</p>
      ) : (
        <Formula text={updateFormula(report.settings.optimizer.id)} />
      )}
    </>
  );
}

function Formula({ text }: { readonly text: string | null }) {
  if (text === null) return null;
  return (
    <>
      <p>What is right there:</p>
      <pre class="formula" tabIndex={0}>
        {text}
      </pre>
    </>
  );
}

interface ThreeProps {
  readonly report: CompareReport;
  readonly id: string;
  readonly candidate: number | null;
  readonly reference: number | null;
  readonly exact: number;
  readonly bound: number;
}

function Three({ report, id, candidate, reference, exact, bound }: ThreeProps) {
  const [right, ...shown] = formatApart([exact, candidate ?? exact, reference ?? exact], 9);
  const rows: [string, number | null, string | undefined][] = [
    [nameOf(report, 'candidate'), candidate, shown[0]],
    [nameOf(report, 'reference'), reference, shown[1]],
  ];
  return (
    <Table
      label="the numbers there"
      id={id}
      caption={`Bound on rounding there: ${formatNumber(bound, 3)}`}
      head={[{ text: 'who' }, 'number', 'distance from exact', { text: 'within the bound' }]}
    >
      {rows.map(([who, x, text]) => (
        <tr>
          <th scope="row">{who}</th>
          <td>{x === null ? 'not shown' : text}</td>
          <td>{x === null ? '-' : formatNumber(Math.abs(x - exact), 3)}</td>
          <td class="text">{x === null ? '-' : <Within yes={Math.abs(x - exact) <= bound} />}</td>
        </tr>
      ))}
      <tr>
        <th scope="row">exact (double precision)</th>
        <td>{right}</td>
        <td>0</td>
        <td class="text">-</td>
      </tr>
    </Table>
  );
}

function Within({ yes }: { readonly yes: boolean }) {
  return yes ? <span class="good">✓ yes</span> : <span class="bad">✗ no</span>;
}

function Numbers({ report, findings }: { readonly report: CompareReport; readonly findings: readonly Finding[] }) {
  const who = (side: Side | 'both'): string => (side === 'both' ? 'both' : report[side].label);
  const rows = findings
    .flatMap((f) => (f.kind === 'beyond-bound' ? [f] : []))
    .slice(0, SHOWN)
    .map(({ what, measure: m }) => ({
      place: `${what} ${formatPlace(m)}${m.step === null ? '' : `, step ${m.step}`}`,
      entry: m,
      said: m.left === null ? '-' : who(m.left),
    }));
  if (rows.length === 0) return null;
  const last = { text: 'left the exact value' };
  return <EntryTable id="numbers" label="numbers side by side" first="place" last={last} {...{ report, rows }} />;
}
