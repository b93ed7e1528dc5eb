// The nine questions of the experiments: what was measured, with its charts, and three of them to
// try.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { PartProps } from '../ui/part.ts';
import { QUESTIONS, QUESTION_IDS, loadAnswer } from './committed.ts';
import type { Answer, QuestionId } from './committed.ts';
import { MOST_AFTER, RANGES, TRY_IT } from './try-it.tsx';
import type { Tried } from './try-it.tsx';

interface State extends Tried {
  readonly open: QuestionId;
}

const FIRST: State = {
  open: 'scaling',
  scalingRate: RANGES.scalingRate.begin,
  subtractRate: RANGES.subtractRate.begin,
  stepRate: RANGES.stepRate.begin,
  after: 0,
};

/** A state from anywhere; what is missing or out of range is as in FIRST. */
export function stateFrom(state: unknown): State {
  const given = typeof state === 'object' && state !== null ? (state as Record<string, unknown>) : {};
  const within = (name: keyof State, from: number, to: number): Partial<State> => {
    const value = given[name];
    return typeof value === 'number' && value >= from && value <= to ? { [name]: value } : {};
  };
  const open = QUESTION_IDS.find((id) => id === given['open']);
  return {
    ...FIRST,
    ...(open !== undefined && { open }),
    ...within('scalingRate', RANGES.scalingRate.from, RANGES.scalingRate.to),
    ...within('subtractRate', RANGES.subtractRate.from, RANGES.subtractRate.to),
    ...within('stepRate', RANGES.stepRate.from, RANGES.stepRate.to),
    ...(Number.isSafeInteger(given['after']) && within('after', 0, MOST_AFTER)),
  };
}

export default function Questions({ state, onState }: PartProps) {
  const [own, setOwn] = useState(() => stateFrom(state));
  const change = (part: Partial<State>): void => {
    const next = { ...own, ...part };
    setOwn(next);
    onState(next);
  };
  const { open } = own;
  const TryIt = open in TRY_IT ? TRY_IT[open as keyof typeof TRY_IT] : null;
  return (
    <>
      <h1>Nine questions about a first network</h1>
      <p class="lede">
        Each was answered by a measured, seeded run on MNIST; its numbers and charts are here. Three can be tried on
        your machine.
      </p>
      <div class="questions">
        <nav aria-label="questions">
          <ol>
            {QUESTION_IDS.map((id) => (
              <li>
                <button
                  class="question"
                  aria-current={id === open ? 'true' : undefined}
                  onClick={() => change({ open: id })}
                >
                  {QUESTIONS[id]} {id in TRY_IT && <span class="tag">try it</span>}
                </button>
              </li>
            ))}
          </ol>
        </nav>
        <div class="running">
          <Answered key={open} id={open}>
            {TryIt !== null && <TryIt tried={own} onTry={change} />}
          </Answered>
        </div>
      </div>
    </>
  );
}

interface AnsweredProps {
  readonly id: QuestionId;
  /** What stands between the short answer and what was measured. */
  readonly children: ComponentChildren;
}

function Answered({ id, children }: AnsweredProps) {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [failed, fail] = useState(false);
  useEffect(() => {
    let isGone = false;
    loadAnswer(id).then(
      (loaded) => {
        if (!isGone) setAnswer(loaded);
      },
      () => {
        if (!isGone) fail(true);
      },
    );
    return () => {
      isGone = true;
    };
  }, [id]);
  const [first, ...others] = answer?.sentences ?? [];
  return (
    <>
      <section class="card answered" aria-labelledby="question" aria-busy={answer === null && !failed}>
        <h2 id="question">{answer?.question ?? QUESTIONS[id]}</h2>
        <p class="short">{first}</p>
        {failed && (
          <p class="notice bad" role="alert">
            The results could not be loaded. Is there a network? Reload the page to try again.
          </p>
        )}
      </section>
      {children}
      {answer !== null && (
        <section class="card" aria-labelledby="measured">
          <h2 id="measured">What was measured</h2>
          {others.map((sentence) => (
            <p>{sentence}</p>
          ))}
          <div class="drawings">
            {answer.figures.map(({ svg, caption }) => (
              <figure>
                {/* drawn by this project, from the build */}
                <div dangerouslySetInnerHTML={{ __html: svg }} />
                <figcaption>{caption}</figcaption>
              </figure>
            ))}
          </div>
          <Tables tables={answer.tables} />
          <p class="muted">
            Repeat it in a checkout: <code>{answer.command}</code>
          </p>
        </section>
      )}
    </>
  );
}

function Tables({ tables }: Pick<Answer, 'tables'>) {
  return (
    <>
      {tables.map(({ caption, head, rows }) => (
        <div class="wide" role="region" tabIndex={0} aria-label={caption}>
          <table>
            <caption>{caption}</caption>
            <thead>
              <tr>{head.map((cell) => (cell === '' ? <td /> : <th scope="col">{cell}</th>))}</tr>
            </thead>
            <tbody>
              {rows.map(([name, ...cells]) => (
                <tr>
                  <th scope="row">{name}</th>
                  {cells.map((cell) => (
                    <td>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ))}
    </>
  );
}
