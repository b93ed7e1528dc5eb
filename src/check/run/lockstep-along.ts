// Lockstep beside a training: at sampled steps of the candidate's run.
import type { Engine } from '../../engines/engine.ts';
import { allFinite, copyParameters } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { Watch } from '../watch.ts';
import type { LockstepCheck } from './lockstep.ts';
import type { TrainRequest } from './training.ts';

/** Lockstep along a training, one step at a time. */
export interface Along {
  readonly before: NonNullable<TrainRequest['before']>;
  /** @throws what the last step of lockstep throws */
  end(): Promise<void>;
}

/**
 * Runs lockstep at the sampled steps of the candidate's training, which goes on meanwhile if it is
 * in a thread of its own. A user's candidate waits: what it keeps between calls must not depend on
 * which of them comes first.
 */
export function lockstepAlong(
  lockstep: LockstepCheck,
  sampled: readonly number[],
  { trainAlone }: Engine,
  watch: Watch,
): Along {
  let last = Promise.resolve();
  const check = async (step: number, parameters: Parameters): Promise<void> => {
    await lockstep.at(step, parameters);
    watch.progress('lockstep', sampled.indexOf(step) + 1, sampled.length);
  };
  return {
    before: {
      steps: sampled,
      async call(step, engine) {
        const parameters = copyParameters(await engine.parameters(), 'f32');
        await last;
        if (!allFinite(parameters)) return; // an overflow, which the free run reports
        last = check(step, parameters);
        last.catch(() => {}); // thrown at the next step or the end
        if (trainAlone === undefined) await last;
      },
    },
    end: () => last,
  };
}
