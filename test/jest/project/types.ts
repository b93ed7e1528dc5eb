// Checked by the TypeScript compiler as a user's file, with the types that are packed: what is
// marked must be refused. Not run.
/* eslint-disable */
import { expect } from '@jest/globals';
import { exactGradients } from '../../../src/jest.ts';
import type { NetworkSpec } from '../../../src/index.ts';

declare const network: NetworkSpec;
declare const right: () => { loss: number; gradients: { weights: number[][]; bias: number[] }[] };

export async function checked(): Promise<void> {
  await expect(right).toBackpropagate(network, {
    seed: 2,
    batchSize: 7,
    optimizer: 'adam',
    conventions: { gradients: 'sum' },
  });
  await expect(right).not.toBackpropagate(network);
  expect([{ weights: [[1]], bias: new Float32Array(1) }]).toAgreeWith([{ weights: [1], bias: [1] }]);
  expect(right()).toAgreeWith(
    exactGradients(network, [{ weights: [[1]], bias: [1] }], { inputs: [[1]], targets: [[1]] }),
  );
  await expect(Promise.resolve(1)).resolves.toAgreeWith(1);
  // @ts-expect-error no network
  await expect(right).toBackpropagate();
  // @ts-expect-error no such network
  await expect(right).toBackpropagate({ inputs: 2 });
  // @ts-expect-error no such option
  await expect(right).toBackpropagate(network, { sead: 2 });
  // @ts-expect-error no such convention
  await expect(right).toBackpropagate(network, { conventions: { gradients: 'total' } });
  // @ts-expect-error no such optimizer
  await expect(right).toBackpropagate(network, { optimizer: 'adm' });
  // @ts-expect-error nothing to agree with
  expect(1).toAgreeWith();
  // @ts-expect-error no numbers
  expect(1).toAgreeWith('1');
  // @ts-expect-error no such matcher
  expect(1).toAgree(1);
}
