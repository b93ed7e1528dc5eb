// A row of questions to an engine that may remember: what was asked, what came before, what came
// out.
import type { Batch } from '../../../network/batch.ts';
import type { Parameters } from '../../../network/parameters.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { orEnough } from '../asker.ts';
import type { Asker } from '../asker.ts';
import { namedValues, passes } from '../pass/pass.ts';
import type { Passes, Values } from '../pass/pass.ts';

/** One call, with what the right network computes in it. */
export interface Call {
  readonly kind: 'gradients' | 'predict';
  readonly parameters: Parameters;
  readonly batch: Batch;
  readonly right: Passes;
}

/** A call for loss and gradients, with the answer. */
export interface Asked extends Call {
  readonly kind: 'gradients';
  readonly found: Values;
}

/** Parameters and a batch to ask about. */
export type Question = Pick<Call, 'parameters' | 'batch'>;

/** An answer, and the calls before it. */
export interface Answered {
  readonly asked: Asked;
  readonly before: readonly Call[];
  readonly first: Call | null;
}

/** All calls so far, in order. */
export class History {
  readonly calls: (Call | Asked)[] = [];
  /** The very first call, long before those here; null if it is not known. */
  first: Call | null = null;
  private readonly network: NetworkSpec;
  private readonly asker: Asker;

  constructor(network: NetworkSpec, asker: Asker) {
    this.network = network;
    this.asker = asker;
  }

  /** The very first call, which was not asked by this object; it may be large: computed on use. */
  rememberFirst(question: Question): void {
    const { network } = this;
    let right: Passes | null = null;
    this.first = {
      kind: 'gradients',
      ...question,
      get right() {
        return (right ??= passes(network, question.parameters, question.batch));
      },
    };
  }

  /** Throws ENOUGH. */
  async ask(question: Question): Promise<Asked> {
    const { loss, gradients } = await this.asker.gradients(question.parameters, question.batch);
    const found = namedValues(loss, gradients);
    const asked: Asked = { kind: 'gradients', ...question, right: this.rightOf(question), found };
    this.calls.push(asked);
    return asked;
  }

  /** Asks for the outputs in between. Throws ENOUGH. */
  async predict(question: Question): Promise<Float64Array> {
    const { engine } = this.asker;
    const { data } = await orEnough(async () => {
      await engine.load(question.parameters);
      return engine.predict(question.batch.inputs);
    });
    this.calls.push({ kind: 'predict', ...question, right: this.rightOf(question) });
    return Float64Array.from(data);
  }

  /** The answers, each with the calls before it. */
  answers(): Answered[] {
    const { first } = this;
    return this.calls.flatMap((call, n) =>
      'found' in call ? [{ asked: call, before: this.calls.slice(0, n), first }] : [],
    );
  }

  /** The same question gets the same numbers: they are computed once. */
  private rightOf({ parameters, batch }: Question): Passes {
    const known = this.calls.find((call) => call.parameters === parameters && call.batch === batch);
    return known?.right ?? passes(this.network, parameters, batch);
  }
}
