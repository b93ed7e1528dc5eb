// Draw a digit: two networks with the same weights read it, and the pixels that spoke for the
// answer are shown.
import { useCallback, useEffect, useState } from 'preact/hooks';
import { formatPercent } from '../../report/words/numbers.ts';
import { DEFAULT_CHOICES } from '../train/choices.ts';
import type { Choices } from '../train/choices.ts';
import { training } from '../train/training.ts';
import type { PartProps } from '../ui/part.ts';
import { complaintText } from '../work/complaint.ts';
import { Seen, Shares } from './answer.tsx';
import { Pad } from './pad.tsx';
import { EMPTY, drawingFrom, isEmpty, pixelsOf } from './strokes.ts';
import type { Drawing, Stroke } from './strokes.ts';
import { useReader } from './use-reader.ts';
import type { Heard } from './use-reader.ts';

/** The network that is trained in the background where Train has none. */
const OWN: Choices = { ...DEFAULT_CHOICES, hidden: [64] };

export default function Draw({ state, onState }: PartProps) {
  const [drawing, setDrawing] = useState<Drawing>(() => drawingFrom(state));
  const [isDone, setDone] = useState(true);
  const { heard, use, ask, forget } = useReader();
  const { answer, noDigit } = heard;

  useEffect(() => {
    const { choices, parameters, steps } = training.shown;
    if (choices !== null && parameters !== null && steps > 0) use(choices, parameters);
    else use(OWN, null);
  }, [use]);
  const isReady = heard.network !== null;
  useEffect(() => {
    if (!isReady) return;
    const { strokes, example } = drawing;
    if (example !== null) ask({ kind: 'example', index: example });
    else if (strokes.length > 0) ask({ kind: 'drawing', ...pixelsOf(strokes) });
    // asked once more when TensorFlow.js is there
  }, [drawing, isReady, heard.reference, ask]);

  const show = useCallback(
    (next: Drawing): void => {
      setDrawing(next);
      setDone(true);
      if (isEmpty(next)) forget();
      onState(next);
    },
    [onState, forget],
  );
  const draw = (strokes: readonly Stroke[], done: boolean): void => {
    const next = { strokes, example: null };
    setDrawing(next);
    setDone(done);
    if (done) onState(next);
  };

  return (
    <>
      <h1>Draw a digit</h1>
      <p class="lede">
        Two networks with the same weights read what you draw: one written by hand, one in TensorFlow.js. The
        hand-written backward pass says which pixels spoke for the answer.
      </p>
      <div class="drawing">
        <section class="card" aria-labelledby="pad">
          <h2 id="pad">Your digit</h2>
          <Pad strokes={drawing.strokes} onDraw={draw} onClear={() => show(EMPTY)} />
          <div class="buttons">
            <button class="control" disabled={isEmpty(drawing)} onClick={() => show(EMPTY)}>
              Clear
            </button>
            <button class="control" onClick={() => show({ strokes: [], example: (drawing.example ?? -1) + 1 })}>
              {drawing.example === null ? 'A digit of the test set' : 'The next one'}
            </button>
          </div>
          <p class="muted" id="pad-keys">
            Mouse or finger; or the keys: arrows move the pen, space puts it down and lifts it, delete clears.
          </p>
          <Said heard={heard} drawing={drawing} isDone={isDone} />
        </section>
        <Shares answer={answer} reference={heard.reference} />
        <Seen answer={noDigit === null ? answer : null} />
      </div>
      <Network heard={heard} onAll={() => use({ ...OWN, digits: 'all' }, null)} />
    </>
  );
}

/** The answer in words, once the pen is lifted. */
function Said({ heard, drawing, isDone }: { heard: Heard; drawing: Drawing; isDone: boolean }) {
  const { answer, noDigit, complaint } = heard;
  if (complaint !== null)
    return (
      <p class="notice bad" role="alert">
        {complaintText(complaint)}.
      </p>
    );
  return (
    <p class="said" role="status">
      {noDigit !== null && !isEmpty(drawing) ? (
        <>No digit yet: {noDigit}.</>
      ) : answer === null ? (
        <>{heard.network === null ? 'The network is on its way.' : 'Draw one, as large as you like.'}</>
      ) : (
        isDone && (
          <>
            This is a <strong class="predicted">{answer.predicted}</strong>, it says
            {answer.label === null ? '' : ` (test digit ${drawing.example ?? 0}, a ${answer.label})`}.
          </>
        )
      )}
    </p>
  );
}

function Network({ heard: { training: share, network }, onAll }: { heard: Heard; onAll: () => void }) {
  return (
    <section class="card" aria-labelledby="network">
      <h2 id="network">The network</h2>
      {network === null ? (
        <p role="status">
          {share === null
            ? 'Fetching digits to train on.'
            : `Training in the background: ${Math.round(100 * share)} %.`}
        </p>
      ) : (
        <p>
          {network.words}
          {network.isOwn ? '. ' : ', as you trained it under “Train”. '}
          It labels {formatPercent(network.accuracy)} of {network.tested} test digits right.
        </p>
      )}
      {network?.isOwn === true && (
        <div class="buttons">
          <button class="control" onClick={onAll}>
            Train on all 60,000 digits (10 MB)
          </button>
        </div>
      )}
    </section>
  );
}
