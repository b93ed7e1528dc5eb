// The training itself: its buttons, what it is doing, and both losses.
import { countParameters } from '../../network/spec.ts';
import { formatCount, formatNumber, formatPercents } from '../../report/words/numbers.ts';
import { LiveChart, thinned } from '../ui/chart.tsx';
import { networkOf } from './choices.ts';
import type { Choices } from './choices.ts';
import { training } from './training.ts';
import type { Shown } from './training.ts';

interface Props {
  readonly choices: Choices;
  readonly shown: Shown;
  /** Why the choices make no network; null if they do. */
  readonly unfit: string | null;
}

export function Buttons({ choices, shown: { phase, why, steps }, unfit }: Props) {
  const isBusy = phase === 'running' || phase.startsWith('loading');
  const isOver = phase === 'resting' && why !== 'paused';
  const cannot = unfit !== null || isOver;
  return (
    <div class="buttons">
      {isBusy ? (
        <button class="control main" onClick={() => training.pause()}>
          Pause
        </button>
      ) : (
        <button class="control main" disabled={cannot} onClick={() => training.go(choices, null)}>
          {steps === 0 ? 'Train' : 'Go on'}
        </button>
      )}
      <button class="control" disabled={isBusy || cannot} onClick={() => training.go(choices, 1)}>
        One step
      </button>
      <button class="control" disabled={phase === 'new'} onClick={() => training.reset()}>
        Reset
      </button>
    </div>
  );
}

export function Status({ choices, shown, unfit }: Props) {
  const { phase, complaint } = shown;
  if (unfit !== null)
    return (
      <p class="notice bad" role="alert">
        These pieces do not fit together: {unfit}.
      </p>
    );
  if (phase === 'failed' && complaint !== null)
    return (
      <p class="notice bad" role="alert">
        {sentence(complaint.message)} {complaint.hint !== null && sentence(complaint.hint)}
      </p>
    );
  return (
    <>
      <p class="status">
        <span role="status">{doing(shown, choices)}</span>
      </p>
      <Figures shown={shown} />
    </>
  );
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`;
}

/** What it is doing. It changes with what is asked for, not with each step: a reader is told. */
function doing({ phase, why, steps, sides }: Shown, choices: Choices): string {
  switch (phase) {
    case 'new':
      return `Ready to train ${networkWords(choices)}. TensorFlow.js is loaded when it begins.`;
    case 'loading digits':
      return choices.digits === 'all' ? 'Fetching 70,000 digits, 10 MB.' : 'Fetching the digits.';
    case 'loading engines':
      return 'Loading TensorFlow.js.';
    case 'running':
      return sides === null ? 'Training.' : `Training ${sides.candidate.label} beside ${sides.reference.label}.`;
    case 'resting':
      if (why === 'overflow')
        return `Stopped after step ${steps}: the numbers overflowed. Try a smaller learning rate.`;
      return why === 'no more steps'
        ? 'Done: no step is left.'
        : `Paused after ${formatCount(steps)} ${steps === 1 ? 'step' : 'steps'}.`;
    case 'failed':
      return '';
  }
}

/** "784-32-10, 25,450 weights and biases" */
function networkWords(choices: Choices): string {
  const network = networkOf(choices);
  const sizes = [network.inputs, ...network.layers.map(({ units }) => units)].join('-');
  return `${sizes}, ${formatCount(countParameters(network))} weights and biases`;
}

function Figures({ shown }: Pick<Props, 'shown'>) {
  const { steps, losses, accuracy, milliseconds, sides, digits, stepsPerEpoch } = shown;
  if (sides === null || steps === 0) return null;
  const [hand, tfjs] = formatPercents([accuracy?.candidate ?? 0, accuracy?.reference ?? 0]);
  const pace = (total: number): string => `${formatNumber(total / steps, 2)} ms`;
  const row = (side: 'candidate' | 'reference', name: string, share: string | undefined) => (
    <tr>
      <th scope="row">
        <span class={`dot ${side}`} aria-hidden="true" /> {name}
      </th>
      <td class="loss" data-side={side}>
        {formatNumber(losses[side].at(-1) ?? NaN)}
      </td>
      <td>{accuracy === null ? '-' : share}</td>
      <td>{pace(milliseconds[side])}</td>
    </tr>
  );
  return (
    <table class="pace">
      <caption>
        Step <span class="steps-done">{formatCount(steps)}</span>, pass {formatNumber(steps / stepsPerEpoch, 3)} over{' '}
        {formatCount(digits?.train ?? 0)} digits.
      </caption>
      <thead>
        <tr>
          <td />
          <th scope="col">loss</th>
          <th scope="col">test digits right</th>
          <th scope="col">per step</th>
        </tr>
      </thead>
      <tbody>
        {row('candidate', `by hand (${sides.candidate.label})`, hand)}
        {row('reference', `TensorFlow.js (${sides.reference.label.replace('tfjs ', '')})`, tfjs)}
      </tbody>
    </table>
  );
}

/** Most points of a line. */
const POINTS = 150;

export function Losses({ shown: { losses, steps } }: Pick<Props, 'shown'>) {
  const [hand, tfjs] = [losses.candidate, losses.reference];
  return (
    <LiveChart
      label={lossWords(hand, tfjs)}
      height={280}
      x={{ name: 'step', min: 0 }}
      y={{ name: 'loss of the batch', min: 0 }}
      lines={[
        { name: 'by hand', color: 'candidate', width: 4, points: thinned(hand, POINTS), dots: steps < 20 },
        { name: 'TensorFlow.js', color: 'reference', width: 1.5, points: thinned(tfjs, POINTS), dots: steps < 20 },
      ]}
    />
  );
}

function lossWords(hand: readonly number[], tfjs: readonly number[]): string {
  const [one, two] = [hand.at(-1), tfjs.at(-1)];
  if (one === undefined || two === undefined) return 'Line chart of both losses; empty so far.';
  return `Line chart of both losses over ${hand.length} steps: by hand from ${formatNumber(hand[0] ?? NaN, 3)} to ${formatNumber(one, 3)}, TensorFlow.js to ${formatNumber(two, 3)}.`;
}
