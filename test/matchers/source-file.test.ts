// The name that a function without one gets: the file that it is written in, where that is known.
import { describe, expect, test } from 'vitest';
import { sourceOf } from '../../src/matchers/source-file.ts';
import { modules } from '../candidates/modules.ts';

const { written } = modules();

async function named(text: string): Promise<string | null> {
  const file = written(text, '.mjs');
  const own = (await import(file)) as { default: (argument: unknown) => unknown };
  const name = sourceOf(own.default, own);
  return name === null ? null : name.replace(file.split('/').at(-1) ?? '', 'FILE');
}

describe('an anonymous default export', () => {
  test.each([
    ['an arrow', 'export default ({ network }) => network;'],
    ['a function', 'export default function (problem) { return problem.network; }'],
    ['an async function', 'export default async function ({ network }) { return network; }'],
    ['one that reads in a function of its own', 'const deep = (p) => p.inputs; export default (p) => deep(p);'],
    ['one that catches all', 'export default (p) => { try { return p.inputs; } catch { return 0; } };'],
  ])('%s is named by its file', async (_what, text) => {
    expect(await named(text)).toBe('FILE');
  });

  test('one that reads nothing has no name', async () => {
    expect(await named('export default () => ({ loss: 0, gradients: [] });')).toBeNull();
  });
});

test('a function in a test is not taken for a file of its own', () => {
  const own = (
    () => (problem: unknown) =>
      (problem as { inputs: unknown }).inputs
  )();
  expect(sourceOf(own, null)).toBe('the function in source-file.test.ts');
});
