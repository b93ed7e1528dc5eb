// Train beside TensorFlow.js: choose a network, watch both learn, and see their gradients compared
// as they do.
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { BackproofError } from '../../errors.ts';
import { formatCount, formatNumber } from '../../report/words/numbers.ts';
import { Command } from '../../report/html/client/parts/copy.tsx';
import { Fold } from '../../report/html/client/parts/fold.tsx';
import type { PartProps } from '../ui/part.ts';
import { UnitPictures, largest } from '../ui/unit-pictures.tsx';
import { complaintOf, complaintText } from '../work/complaint.ts';
import { Buttons, Losses, Status } from './run.tsx';
import { choicesFrom, commandOf, networkOf } from './choices.ts';
import type { Choices } from './choices.ts';
import { Compared } from './compared.tsx';
import { Controls } from './controls.tsx';
import { training } from './training.ts';
import { useTraining } from './use-training.ts';
import type { Shown } from './training.ts';

export default function Train({ state, onState }: PartProps) {
  const [first] = useState(() => choicesFrom(state));
  const [choices, setChoices] = useState(() => {
    const { choices: running } = training.shown;
    return state === undefined && running !== null ? running : first.choices;
  });
  const shown = useTraining();
  useEffect(() => {
    // a training that this page has is shown if it is the one that is asked for
    if (JSON.stringify(training.shown.choices) !== JSON.stringify(choices)) training.reset();
    return () => training.pause();
  }, []);
  const choose = useCallback(
    (change: Partial<Choices>) => {
      const next = { ...choices, ...change };
      setChoices(next);
      onState(next);
      training.reset();
    },
    [choices, onState],
  );
  const unfit = useMemo(() => whyNot(choices), [choices]);
  return (
    <>
      <h1>Train beside TensorFlow.js</h1>
      <p class="lede">
        A network whose backward pass is written by hand learns handwritten digits, and the same network in
        TensorFlow.js learns beside it. Every few steps all their gradients are compared, with a bound on what rounding
        can explain.
      </p>
      {first.wrong.length > 0 && (
        <p class="notice open" role="status">
          The link asks for something that is not there ({first.wrong.join(', ')}); the usual choice takes its place.
        </p>
      )}
      <div class="training">
        <aside class="card" aria-label="choices">
          <Controls choices={choices} onChoose={choose} />
        </aside>
        <div class="running">
          <section class="card" aria-labelledby="losses">
            <h2 id="losses">Both losses</h2>
            <Buttons choices={choices} shown={shown} unfit={unfit} />
            <Status shown={shown} choices={choices} unfit={unfit} />
            <Losses shown={shown} />
            <Fold summary="The same run on the command line">
              {() => <SameRun choices={choices} steps={shown.steps} stepsPerEpoch={shown.stepsPerEpoch} />}
            </Fold>
          </section>
          <Compared shown={shown} />
          <FirstLayer shown={shown} />
        </div>
      </div>
    </>
  );
}

/** Why these pieces do not make a network; null if they do. */
function whyNot(choices: Choices): string | null {
  try {
    networkOf(choices);
    return null;
  } catch (error) {
    if (!(error instanceof BackproofError)) throw error;
    return complaintText(complaintOf(error));
  }
}

function SameRun({ choices, steps, stepsPerEpoch }: { choices: Choices; steps: number; stepsPerEpoch: number }) {
  const command = commandOf(choices, Math.max(1, Math.ceil(steps / stepsPerEpoch)));
  return (
    <>
      <p>In a checkout of backproof. It trains whole passes over the digits, and its report has every number.</p>
      <Command id="command" text={command} />
    </>
  );
}

const SIDE = 28;
const MOST_UNITS = 64;

function FirstLayer({ shown: { parameters } }: { readonly shown: Shown }) {
  const first = parameters?.[0];
  const units = first?.shape[1] ?? 0;
  const scale = first === undefined ? 0 : largest(first.values);
  const all = units > MOST_UNITS ? ` The first ${MOST_UNITS} of ${formatCount(units)} units.` : '';
  return (
    <section class="card" aria-labelledby="weights">
      <h2 id="weights">What each unit looks for</h2>
      {first === undefined ? (
        <p class="muted">The weights of the first layer will grow here, one picture per unit.</p>
      ) : (
        <>
          <p>
            The weights of the first layer of the hand-written network: a weight for each of 28 × 28 pixels, from{' '}
            {formatNumber(-scale, 2)} (dark) to {formatNumber(scale, 2)} (light).{all}
          </p>
          <UnitPictures weights={first.values} units={units} side={SIDE} most={MOST_UNITS} scale={scale} />
        </>
      )}
    </section>
  );
}
