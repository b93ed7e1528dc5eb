// Fuzzes an implementation in this thread, as the command and the matcher do.
import { fuzz, inRanges } from '../../src/fuzz/fuzz.ts';
import type { FuzzPlan, FuzzResult, Found } from '../../src/fuzz/fuzz.ts';
import { rangesOf } from '../../src/fuzz/fuzz-work.ts';
import { spaceOf } from '../../src/fuzz/space.ts';
import type { AnyNetworkOptions, Space } from '../../src/fuzz/space.ts';
import type { Subject } from '../../src/fuzz/subject.ts';
import { localSubject } from '../../src/matchers/implementation.ts';

/** What test/fuzz/wrong.ts computes. The rest is refused, which takes time to find out. */
export const REGRESSION: AnyNetworkOptions = {
  activations: ['linear', 'relu', 'sigmoid', 'tanh'],
  outputs: ['linear', 'sigmoid'],
  losses: ['mse'],
  kinds: [],
  penalties: [],
  optimizers: ['sgd'],
  additions: [],
};
/** The same, with softmax. */
export const COMPUTED: Space = {
  ...spaceOf(REGRESSION),
  heads: [...spaceOf(REGRESSION).heads, ['softmax', 'cross-entropy']],
};

export function fuzzSubject(subject: Subject, plan: Partial<FuzzPlan>): Promise<FuzzResult> {
  const whole = { seed: 1, runs: 1000, keepGoing: false, space: COMPUTED, ...plan };
  return fuzz(subject, whole, { all: inRanges(rangesOf(subject), 1) });
}

export function fuzzed(candidate: unknown, plan: Partial<FuzzPlan> = {}): Promise<FuzzResult> {
  return fuzzSubject(localSubject(candidate), plan);
}

/** Inputs, the units of each layer, and examples of the smallest failure. */
export function shapeOf({ smallest: { network, examples } }: Found) {
  return { inputs: network.inputs, units: network.layers.map(({ units }) => units), examples };
}
