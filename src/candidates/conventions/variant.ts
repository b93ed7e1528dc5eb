// One set of conventions that a candidate may follow without saying so, and the engine that asks it by them.
import type { EngineFactory } from '../../engines/engine.ts';
import type { NetworkSpec } from '../../network/spec.ts';

/** The same implementation, asked by other conventions than those it declares. */
export interface ConventionVariant {
  /** What would have to be declared: { weights: 'units-inputs' }. */
  readonly conventions: Readonly<Record<string, string>>;
  /** How many of them are not what it declares. */
  readonly changes: number;
  /** Without biases, where they say so. */
  readonly network: NetworkSpec;
  readonly open: EngineFactory;
}
