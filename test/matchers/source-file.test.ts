// A function without a name is named by the file it is written in, if that is known.
import { describe, expect, test } from 'vitest';
import * as arrow from './anonymous-arrow.ts';
import * as plain from './anonymous-function.ts';
import { implementationOf } from '../../src/matchers/implementation.ts';
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
    ['a function with a helper', 'const deep = (p) => p.inputs; export default (p) => deep(p);'],
    ['a function that catches everything', 'export default (p) => { try { return p.inputs; } catch { return 0; } };'],
  ])('%s is named by its file', async (_what, text) => {
    expect(await named(text)).toBe('FILE');
  });

  test('that uses none of its arguments has no name', async () => {
    expect(await named('export default () => ({ loss: 0, gradients: [] });')).toBeNull();
  });
});

test('a function in a test file is not named by that file', () => {
  const own = (
    () => (problem: unknown) =>
      (problem as { inputs: unknown }).inputs
  )();
  expect(sourceOf(own, null)).toBe('the function in source-file.test.ts');
});

describe('a default export without a name, as the test runner compiles it,', () => {
  test.each([
    ['an arrow', arrow, 'anonymous-arrow.ts'],
    ['a function', plain, 'anonymous-function.ts'],
  ])('%s is named by its file, as a function and as a module', (_what, module, file) => {
    expect(implementationOf(module.default).name).toBe(file);
    expect(implementationOf(module).name).toBe(file);
  });

  test.each([
    '',
    'default',
    '_default',
    'default_1',
    'my_mlp_default',
    'my_mlp_default2',
    '__vite_ssr_export_default__',
  ])('the name "%s" is a compiler\'s', (name) => {
    const own = (problem: { inputs: unknown }): unknown => problem.inputs;
    Object.defineProperty(own, 'name', { value: name });
    expect(implementationOf(own).name).toBe('the function in source-file.test.ts');
  });

  test.each(['myNetwork', 'defaults', 'default_network'])('the name "%s" is kept', (name) => {
    const own = (problem: { inputs: unknown }): unknown => problem.inputs;
    Object.defineProperty(own, 'name', { value: name });
    expect(implementationOf(own).name).toBe(name);
  });
});
