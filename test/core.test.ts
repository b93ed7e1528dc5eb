// backproof/core in Node. (core.browser.test.ts tests it in a browser, and its size.)
import { expect, test } from 'vitest';
import { RIGHT, coreProgram } from './core-program.ts';
import type { Answers } from './core-program.ts';

test('its results in Node are right', async () => {
  const { exact, single } = JSON.parse(await coreProgram()) as Answers;
  expect(single).toEqual(RIGHT);
  const { right, wrong, sentences, losses } = exact;
  expect(right.verdict.kind).toBe('identical');
  expect(right.oracleCheck?.verdict.kind).toBe('agree');
  expect(wrong.verdict.kind).toBe('disagree');
  expect(wrong.diagnosis?.mistakes).toMatchObject([{ fault: 'bias-not-summed', layer: 2 }]);
  expect(sentences[0]).toMatch(/^the gradient of b2\[\d\]: vector f64 .* \(candidate\) is wrong$/);
  expect(losses.at(-1)).toBeLessThan(losses[0]);
});
