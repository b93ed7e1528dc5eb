// Fields that several kinds of layers have.
import type { FieldRule, Fields, ShortForm } from './page.ts';

/** A number from `from` to below `below`. */
export function numberField(expected: string, from: number, below: number, missing?: number): FieldRule {
  return {
    expected,
    ...(missing !== undefined && { optional: true, missing }),
    fits: (x) => typeof x === 'number' && x >= from && x < below,
  };
}

/** ε of a normalization, added to the variance. */
export const EPSILON = numberField('a number of at least 1e-12', 1e-12, Infinity, 0.001);

/** One field as a number after a colon: dropout:0.5 for { kind: 'dropout', rate: 0.5 }. */
export function numberAfterColon<F extends Fields>(field: keyof F & string, example: string): ShortForm<F> {
  return {
    read: (text) => (text !== '' && Number.isFinite(Number(text)) ? { [field]: Number(text) } : null),
    write: (spec) => (spec[field] === undefined ? '' : String(spec[field])),
    example,
  };
}

/** A batch normalization, followed by its activation. */
export interface BatchNormFields extends Fields {
  /** How much of a running average stays after a step: default 0.99, as in TensorFlow.js. */
  readonly momentum: number;
  /** ε, added to the variance: default 0.001, as in TensorFlow.js. */
  readonly epsilon: number;
}
