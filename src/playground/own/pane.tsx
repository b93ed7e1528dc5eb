// Beside the editor: the verdict, and all that is known.
import { FunctionPane } from './function-pane.tsx';
import { showLine } from './editor.tsx';
import type { Outcome } from './messages.ts';
import type { Note } from './notes.ts';
import type { OwnState } from './state.ts';
import { optionsOf } from '../work/problem.ts';
import { NetworkAnswer } from '../ui/network-answer.tsx';
import { Command } from '../../report/html/client/parts/copy.tsx';

interface Props {
  readonly outcome: Outcome | null;
  readonly isBusy: boolean;
  readonly name: string;
  readonly state: OwnState;
  /** What is said beside lines of the code. */
  readonly notes: readonly Note[];
}

export function Pane({ outcome, isBusy, name, state, notes }: Props) {
  return (
    <div class={`pane ${isBusy ? 'busy' : ''}`} aria-busy={isBusy}>
      <p class="hidden" role="status">
        {isBusy ? '' : spoken(outcome)}
      </p>
      {outcome === null && <p class="muted">Checking ...</p>}
      {outcome !== null && outcome.kind !== 'failed' && notes.map((note) => <Known note={note} />)}
      {outcome?.kind === 'network' && <NetworkAnswer report={outcome.report} prefix="own-" />}
      {outcome?.kind === 'function' && <FunctionPane check={outcome.check} name={outcome.name} />}
      {outcome?.kind === 'failed' && <Failed {...outcome} />}
      {outcome !== null && outcome.kind !== 'failed' && state.caseText === '' && (
        <section class="card" aria-label="the same on your machine">
          <p class="muted">The same on your machine:</p>
          <Command
            id="own-command"
            text={
              outcome.kind === 'network'
                ? `npx backproof gradcheck --candidate ${name} ${optionsOf(state.chosen)} --reference vector`
                : `npx backproof check ${name}`
            }
          />
        </section>
      )}
    </div>
  );
}

/** The verdict, for those who hear it. */
function spoken(outcome: Outcome | null): string {
  if (outcome === null) return '';
  if (outcome.kind === 'failed') return `Not checked. ${outcome.said}`;
  return outcome.kind === 'network' ? outcome.report.verdict.kind : outcome.check.verdict;
}

/** Where the line is known: the note may stand where the editor does not show it. */
function Known({ note: { line, text } }: { readonly note: Note }) {
  return (
    <p class="notice bad known-line">
      Line {line}: {text}{' '}
      <button class="control" onClick={() => showLine(line)}>
        Go to line {line}
      </button>
    </p>
  );
}

function Failed({ said, hint, at }: Extract<Outcome, { kind: 'failed' }>) {
  return (
    <section class="answer open" aria-label="verdict">
      <h2 class="verdict">
        <span class="mark" aria-hidden="true">
          ?
        </span>
        Not checked
      </h2>
      <p class="headline">
        {said}.{' '}
        {at !== null && (
          <button class="control" onClick={() => showLine(at.line)}>
            Go to line {at.line}
          </button>
        )}
      </p>
      {hint !== null && <p>Hint: {hint}.</p>}
    </section>
  );
}
