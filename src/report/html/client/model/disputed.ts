// The expected values of a case that are not the exact ones: the engines may still be right.
import type { ExpectedCheck } from '../../../../check/expected/expected-check.ts';
import type { TensorMeasure } from '../../../../check/verdict.ts';

export interface Disputed {
  /** As on the strip: loss, dW1; W1 after the training of the case; losses of that training. */
  readonly name: string;
  readonly way: 'forward' | 'backward' | 'update';
  readonly measure: TensorMeasure;
}

/** Everything the case states, in the order of its file. */
export function statedIn({ loss, parameters, training }: ExpectedCheck): Disputed[] {
  const updated = training === null ? [] : [training.losses, ...training.parameters];
  return [
    ...(loss === null ? [] : [{ name: 'loss', way: 'forward', measure: loss } as const]),
    ...parameters.map((measure) => ({ name: `d${measure.parameter}`, way: 'backward', measure }) as const),
    ...updated.flatMap((measure) =>
      measure === null ? [] : [{ name: measure.parameter, way: 'update', measure } as const],
    ),
  ];
}

/** What the case states otherwise than it is. */
export function disputedIn(expected: ExpectedCheck): Disputed[] {
  return statedIn(expected).filter(({ measure }) => measure.left !== null);
}
