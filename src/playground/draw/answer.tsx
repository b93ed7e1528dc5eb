// What both networks make of a digit: ten shares each, whether they are the same, what the network
// saw, and which pixels spoke for the answer.
import type { Prediction } from '../../check/prediction.ts';
import { formatNumber, formatPercents, formatUsed } from '../../report/words/numbers.ts';
import { DigitPicture } from '../ui/digit-picture.tsx';
import type { Answer } from './protocol.ts';
import type { Heard } from './use-reader.ts';

const SIDE = 28;

interface Props {
  readonly answer: Answer | null;
  readonly reference: Heard['reference'];
}

export function Shares({ answer, reference }: Props) {
  const hand = answer?.outputs ?? [];
  const tfjs = answer?.both?.reference.outputs ?? null;
  return (
    <section class="card" aria-labelledby="shares">
      <h2 id="shares">What it could be</h2>
      <table class="shares" aria-label="share of each digit, by hand and by TensorFlow.js">
        <thead>
          <tr>
            <th scope="col">digit</th>
            <td />
            <th scope="col">by hand</th>
            <th scope="col">TensorFlow.js</th>
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: 10 }, (_, k) => (
            <Row k={k} hand={hand[k]} tfjs={tfjs?.[k]} isAnswer={answer?.predicted === k} />
          ))}
        </tbody>
      </table>
      <Same both={answer?.both ?? null} reference={reference} />
    </section>
  );
}

interface RowProps {
  readonly k: number;
  readonly hand: number | undefined;
  readonly tfjs: number | undefined;
  readonly isAnswer: boolean;
}

function Row({ k, hand, tfjs, isAnswer }: RowProps) {
  const known = [hand, tfjs].filter((share) => share !== undefined);
  const [one, two] = formatPercents(known);
  return (
    <tr class={isAnswer ? 'chosen' : ''} data-digit={k} data-hand={hand} data-tfjs={tfjs}>
      <th scope="row">{k}</th>
      <td class="bars" aria-hidden="true">
        <span class="bar-of candidate" style={{ width: width(hand) }} />
        <span class="bar-of reference" style={{ width: width(tfjs) }} />
      </td>
      <td>{one ?? ''}</td>
      <td>{two ?? ''}</td>
    </tr>
  );
}

/** Outputs of a network need not be shares. */
function width(share = 0): string {
  return `${(100 * Math.max(0, Math.min(1, share))).toFixed(2)}%`;
}

function Same({ both, reference }: { readonly both: Prediction | null; readonly reference: Heard['reference'] }) {
  if (typeof reference === 'object') return <p class="open">TensorFlow.js does not take part: {reference.missing}.</p>;
  if (both === null)
    return <p class="muted">{reference === 'loading' ? 'TensorFlow.js is loading.' : 'Both will answer.'}</p>;
  const { verdict, worst } = both;
  const words = {
    identical: 'All ten numbers of both are the same to the last bit.',
    agree: `All ten numbers agree within rounding error: at most ${formatUsed(worst.usedOfBound)} of what is allowed.`,
    disagree: `They disagree: ${formatUsed(worst.usedOfBound)} the allowed error (${formatNumber(worst.bound, 2)}).`,
  };
  return (
    <p class={verdict === 'disagree' ? 'bad' : 'good'} data-verdict={verdict}>
      {words[verdict]}
    </p>
  );
}

export function Seen({ answer }: { readonly answer: Answer | null }) {
  const blank = new Uint8Array(SIDE * SIDE);
  const pixels = answer?.pixels ?? blank;
  const said = answer === null ? 'the answer' : String(answer.predicted);
  const spoke = answer?.spoke ?? blank;
  const own = Float64Array.from(spoke, (s, i) => s * (pixels[i] ?? 0));
  return (
    <section class="card seen" aria-labelledby="seen">
      <h2 id="seen">Which pixels spoke for it</h2>
      <div class="three-pictures">
        <figure>
          <DigitPicture side={SIDE} ink={pixels} alternative={inkWords(pixels)} />
          <figcaption>
            What the network sees: fitted into 20 × 20 pixels, its centre of mass in the middle of 28 × 28, as MNIST’s
            makers did.
          </figcaption>
        </figure>
        <figure>
          <DigitPicture side={SIDE} ink={pixels} spoke={own} alternative={balanceWords(own, said)} />
          <figcaption>
            <b class="for">For</b> and <b class="against">against</b> {said}: the ink there is, times the gradient.
          </figcaption>
        </figure>
        <figure>
          <DigitPicture side={SIDE} ink={pixels} spoke={spoke} alternative={`where more ink would speak for ${said}`} />
          <figcaption>
            The gradient alone: where more ink would speak <b class="for">for</b> or <b class="against">against</b>{' '}
            {said}.
          </figcaption>
        </figure>
      </div>
      <p class="muted">
        The backward pass that trains the weights stops at the first layer. Here it goes one product farther, dx = dz₁
        W₁ᵀ, to the pixels themselves.
      </p>
    </section>
  );
}

function inkWords(pixels: ArrayLike<number>): string {
  const count = Array.from(pixels).filter((value) => value > 0).length;
  return count === 0 ? 'no ink yet' : `the prepared digit: ${count} of 784 pixels have ink`;
}

function balanceWords(own: ArrayLike<number>, said: string): string {
  const values = Array.from(own);
  const [plus, minus] = [values.filter((x) => x > 0).length, values.filter((x) => x < 0).length];
  return `pixels of ink that spoke for ${said}: ${plus}; against: ${minus}`;
}
