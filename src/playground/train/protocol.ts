// What the page of a training and its worker say to each other.
import type { EngineInfo } from '../../check/engine-info.ts';
import type { Pair } from '../../check/pair.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { Choices } from './choices.ts';
import type { StepCheck } from './session.ts';

/** What the page asks for. */
export type Ask =
  /** Opens a training, in place of the one that was open; `page` is the address of the page. */
  | { readonly kind: 'begin'; readonly choices: Choices; readonly page: string }
  /** Takes so many steps; null: until it is told to pause. */
  | { readonly kind: 'go'; readonly steps: number | null }
  | { readonly kind: 'pause' };

/** Why no step is taken any more, for now or for good. */
export type Rest = 'begun' | 'paused' | 'overflow' | 'no more steps';

/** What the worker tells. */
export type Told =
  | { readonly kind: 'loading'; readonly what: 'digits' | 'engines' }
  | {
      readonly kind: 'ready';
      readonly sides: Pair<EngineInfo>;
      readonly digits: { readonly train: number; readonly test: number };
      readonly stepsPerEpoch: number;
    }
  | Progress
  | { readonly kind: 'resting'; readonly why: Rest; readonly accuracy: Pair<number>; readonly parameters: Parameters }
  | { readonly kind: 'failed'; readonly message: string; readonly hint: string | null };

/** What the steps since the last message gave. */
export interface Progress {
  readonly kind: 'progress';
  /** The first of these steps, from 0. */
  readonly from: number;
  readonly losses: Pair<readonly number[]>;
  readonly checks: readonly StepCheck[];
  readonly milliseconds: Pair<number>;
  /** Shares of the test digits that are right; null where nobody looked. */
  readonly accuracy: Pair<number> | null;
  /** The hand-written network's parameters after these steps. */
  readonly parameters: Parameters;
}
