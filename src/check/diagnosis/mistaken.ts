// One engine for many mistakes: the steps of the backward pass are exchanged, and parameters that
// are loaded stay. An engine of its own for each would take most of the time of a search.
import type { Engine, FaultInjection, LossAndGradients } from '../../engines/engine.ts';
import type { Parameters } from '../../network/parameters.ts';
import { BACKWARD, lookedUp } from '../../ops/backward-rules.ts';
import type { Question } from '../questions/protocol.ts';
import type { FaultInjector } from './evidence.ts';

export class Mistaken {
  private readonly inject: FaultInjector['inject'];
  private engine: Engine | null = null;
  private loaded: Parameters | null = null;
  private rules = BACKWARD;
  private inputs: FaultInjection['inputs'];
  private penaltyValue: FaultInjection['penaltyValue'];

  constructor({ inject }: FaultInjector) {
    this.inject = inject;
  }

  /** From now on this mistake is made, and no other. It must be one in the gradients. */
  make({ backward, inputs, penaltyValue }: FaultInjection): void {
    this.rules = { ...BACKWARD, ...backward };
    this.inputs = inputs;
    this.penaltyValue = penaltyValue;
  }

  async answer({ parameters, batch }: Pick<Question, 'parameters' | 'batch'>): Promise<LossAndGradients> {
    this.engine ??= await this.inject({
      inputs: (x) => this.inputs?.(x),
      backward: lookedUp(() => this.rules),
      penaltyValue: (penalty) => this.penaltyValue?.(penalty) ?? penalty,
    });
    if (parameters !== this.loaded) await this.engine.load(parameters);
    this.loaded = parameters;
    return this.engine.lossAndGradients(batch);
  }

  async dispose(): Promise<void> {
    await this.engine?.dispose();
  }
}
