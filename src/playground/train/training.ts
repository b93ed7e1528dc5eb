// The training that this page has: its worker, and what the worker told. It outlives the part that
// shows it, so that somebody may look at another part and come back.
import type { EngineInfo } from '../../check/engine-info.ts';
import type { Pair } from '../../check/pair.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { Complaint } from '../work/complaint.ts';
import { openWorker } from '../work/open-worker.ts';
import type { Choices } from './choices.ts';
import type { Ask, Rest, Told } from './protocol.ts';
import type { StepCheck } from './session.ts';
import address from './worker.ts?chunk';

export type Phase = 'new' | 'loading digits' | 'loading engines' | 'running' | 'resting' | 'failed';

/** What is known of the training at one moment. */
export interface Shown {
  readonly phase: Phase;
  /** What it was begun with. */
  readonly choices: Choices | null;
  readonly why: Rest | null;
  readonly complaint: Complaint | null;
  readonly sides: Pair<EngineInfo> | null;
  readonly digits: { readonly train: number; readonly test: number } | null;
  readonly stepsPerEpoch: number;
  readonly steps: number;
  readonly losses: Pair<readonly number[]>;
  readonly checks: readonly StepCheck[];
  readonly milliseconds: Pair<number>;
  readonly accuracy: Pair<number> | null;
  readonly parameters: Parameters | null;
}

const NEW: Shown = {
  phase: 'new',
  choices: null,
  why: null,
  complaint: null,
  sides: null,
  digits: null,
  stepsPerEpoch: 1,
  steps: 0,
  losses: { candidate: [], reference: [] },
  checks: [],
  milliseconds: { candidate: 0, reference: 0 },
  accuracy: null,
  parameters: null,
};

export class Training {
  #shown = NEW;
  #worker: Worker | null = null;
  readonly #listeners = new Set<() => void>();

  get shown(): Shown {
    return this.#shown;
  }

  /** @returns a function that ends the subscription */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Begins with these choices where nothing is begun, and takes steps. */
  go(choices: Choices, steps: number | null): void {
    if (this.#shown.phase === 'new' || this.#shown.phase === 'failed') {
      this.#show({ ...NEW, phase: 'loading digits', choices });
      this.#ask({ kind: 'begin', choices, page: document.baseURI });
    } else {
      this.#show({ ...this.#shown, phase: 'running' });
    }
    this.#ask({ kind: 'go', steps });
  }

  pause(): void {
    if (this.#worker !== null) this.#ask({ kind: 'pause' });
  }

  /** Forgets everything but the worker, which has TensorFlow.js loaded. */
  reset(): void {
    const { phase } = this.#shown;
    // what it is still about to tell would be told of the new training
    if (phase !== 'new' && phase !== 'resting') this.#end();
    this.#show(NEW);
  }

  #end(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }

  #ask(ask: Ask): void {
    if (this.#worker === null) {
      const worker = openWorker<Told>(address, {
        message: (told) => this.#hear(told),
        failed: (why) => {
          if (this.#worker === worker) this.#died(why);
        },
      });
      this.#worker = worker;
    }
    this.#worker.postMessage(ask);
  }

  #died(why: string): void {
    this.#end();
    const complaint = { message: `The training's worker ended: ${why}`, hint: 'press Train to begin again' };
    this.#show({ ...this.#shown, phase: 'failed', complaint });
  }

  #hear(told: Told): void {
    const shown = this.#shown;
    switch (told.kind) {
      case 'loading':
        return this.#show({ ...shown, phase: `loading ${told.what}` });
      case 'ready':
        return this.#show({ ...shown, phase: 'running', sides: told.sides, digits: told.digits, stepsPerEpoch: told.stepsPerEpoch }); // prettier-ignore
      case 'progress': {
        const { losses, checks, milliseconds, accuracy, parameters } = told;
        return this.#show({
          ...shown,
          steps: told.from + losses.candidate.length,
          losses: {
            candidate: [...shown.losses.candidate, ...losses.candidate],
            reference: [...shown.losses.reference, ...losses.reference],
          },
          checks: [...shown.checks, ...checks],
          milliseconds: {
            candidate: shown.milliseconds.candidate + milliseconds.candidate,
            reference: shown.milliseconds.reference + milliseconds.reference,
          },
          accuracy: accuracy ?? shown.accuracy,
          parameters,
        });
      }
      case 'resting':
        // the steps come next
        if (told.why === 'begun') return this.#show({ ...shown, accuracy: told.accuracy, parameters: told.parameters });
        return this.#show({ ...shown, phase: 'resting', why: told.why, accuracy: told.accuracy, parameters: told.parameters }); // prettier-ignore
      case 'failed':
        this.#end();
        return this.#show({ ...shown, phase: 'failed', complaint: { message: told.message, hint: told.hint } });
    }
  }

  #show(shown: Shown): void {
    this.#shown = shown;
    for (const listener of this.#listeners) listener();
  }
}

/** The one training of the page. Draw a digit asks its network. */
export const training = new Training();
