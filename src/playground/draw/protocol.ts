// What the page of drawn digits and its worker say to each other.
import type { Prediction } from '../../check/prediction.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { Choices } from '../train/choices.ts';
import type { DigitSet } from '../work/digit-sets.ts';

/** A drawing: red, green, blue and opacity of each pixel, (rows, cols, 4). Or a test digit. */
export type Picture =
  | { readonly kind: 'drawing'; readonly rows: number; readonly cols: number; readonly data: Uint8Array }
  | { readonly kind: 'example'; readonly index: number };

export type Ask =
  /** The network to ask: one that is trained already, or one to train on these digits. */
  | {
      readonly kind: 'network';
      readonly choices: Choices;
      readonly parameters: Parameters | null;
      readonly page: string;
    }
  | { readonly kind: 'picture'; readonly id: number; readonly picture: Picture };

export type Told =
  | { readonly kind: 'training'; readonly digits: DigitSet; readonly share: number }
  | {
      readonly kind: 'network';
      /** Whether it was trained here, in the background. */
      readonly isOwn: boolean;
      readonly words: string;
      /** Share of the test digits that it labels right, and how many there are. */
      readonly accuracy: number;
      readonly tested: number;
    }
  /** TensorFlow.js is loaded; or why it is not. */
  | { readonly kind: 'reference'; readonly missing: string | null }
  | Answer
  /** There is no digit in the picture, and why. */
  | { readonly kind: 'no digit'; readonly id: number; readonly why: string }
  | { readonly kind: 'failed'; readonly message: string; readonly hint: string | null };

export interface Answer {
  readonly kind: 'answer';
  readonly id: number;
  /** (28, 28), 0 no ink, 255 full ink: what the network sees. */
  readonly pixels: Uint8Array;
  /** The class of a test digit. */
  readonly label: number | null;
  /** Ten outputs of the hand-written network, and the class of the largest. */
  readonly outputs: readonly number[];
  readonly predicted: number;
  /** (28, 28): which pixels spoke for the answer, see speak.ts. */
  readonly spoke: Float64Array;
  /** Both, with the bound; null until TensorFlow.js is loaded. */
  readonly both: Prediction | null;
}
