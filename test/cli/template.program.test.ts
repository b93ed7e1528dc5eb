// The template of backproof init: it type-checks, its first run says what is missing, it can be
// filled in layer by layer until it agrees, and mistakes in its own style are found and named.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { afterAll, describe, expect, test } from 'vitest';
import { template } from '../../src/cli/template/network.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { onTrial } from '../candidates/trial.ts';
import { network } from '../fixtures.ts';
import type { ActivationId, LossId } from '../../src/ops/registry.ts';
import { FILLED_IN, FILLED_IN_CLASS, filledInFor, replacedOnce } from './filled-in.ts';
import { ROOT, backproof, complaint, filesIn, newFolder } from './program.ts';

const RELU = network(5, [6, 4], 'relu', 3, 'softmax', 'cross-entropy');
const TANH = network(5, [6, 4], 'tanh', 3, 'softmax', 'cross-entropy');
const SIGMOID = network(5, [6, 4], 'sigmoid', 3, 'sigmoid', 'mse');

/** Every other loss, with its gradient at an entry p or z[k] with the target t[k]. */
const LOSSES: [LossId, ActivationId, string, 'dz' | 'da'][] = [
  ['binary-cross-entropy', 'sigmoid', '(p - t[k]) / (B * K)', 'dz'],
  ['half-squared-error', 'tanh', '(p - t[k]) / B', 'da'],
  ['mean-absolute-error', 'linear', 'Math.sign(p - t[k]) / (B * K)', 'da'],
  ['huber:0.25', 'linear', 'Math.max(-0.25, Math.min(0.25, p - t[k])) / (B * K)', 'da'],
  ['hinge', 'linear', '(1 - (2 * t[k] - 1) * p > 0 ? 1 - 2 * t[k] : 0) / (B * K)', 'da'],
  ['squared-hinge', 'tanh', '(-2 * (2 * t[k] - 1) * Math.max(0, 1 - (2 * t[k] - 1) * p)) / (B * K)', 'da'],
  ['cross-entropy:0.1', 'softmax', '(p - (t[k] * 0.9 + 0.1 / K)) / B', 'dz'],
  [
    'cross-entropy:0.1:weights=1,2,5',
    'softmax',
    '(p * [1, 2, 5].reduce((sum, w, j) => sum + w * (t[j] * 0.9 + 0.1 / K), 0) - [1, 2, 5][k] * (t[k] * 0.9 + 0.1 / K)) / B',
    'dz',
  ],
];

const folder = mkdtempSync(join(tmpdir(), 'backproof template '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
async function loaded(text: string): Promise<unknown> {
  const file = join(folder, `own-${files++}.mjs`);
  writeFileSync(file, text);
  return import(pathToFileURL(file).href);
}

describe('the filled-in template', () => {
  test.each([RELU, TANH, SIGMOID, network(3, [], 'relu', 2, 'linear', 'mse')])('agrees (network %#)', async (spec) => {
    const { gradients, updates } = await onTrial(await loaded(FILLED_IN), spec, { B: 6 });
    expect(gradients.verdict.kind).toBe('agree');
    expect(updates.verdict.kind).not.toBe('disagree');
  });

  test.each([RELU, TANH, SIGMOID])('agrees as a class, including its step (network %#)', async (spec) => {
    const { gradients, updates, candidate } = await onTrial(await loaded(FILLED_IN_CLASS), spec, { B: 6 });
    expect([gradients.verdict.kind, updates.verdict.kind, candidate.filledIn]).toEqual(['agree', 'agree', []]);
  });

  test.each([
    ['(p - targets[b][k]) / B)', '(p - targets[b][k]))', 'missing-batch-mean'],
    ['dz.reduce((sum, row) => sum + row[o], 0)', 'dz[0][o]', 'bias-not-summed'],
    ['return value * (1 - a[b][o] ** 2);', 'return value;', 'missing-activation-derivative'],
  ])('as a class with %s changed to %s gets the mistake named', async (right, wrong, name) => {
    const { gradients } = await onTrial(await loaded(replacedOnce(FILLED_IN_CLASS, right, wrong)), TANH, { B: 6 });
    expect(gradients.diagnosis?.mistakes.map(({ fault }) => fault)).toContain(name);
  });

  test.each([
    ['functions', FILLED_IN],
    ['class', FILLED_IN_CLASS],
  ])('its loss stays finite and right where a probability underflows (%s)', async (_style, text) => {
    const { default: own } = (await loaded(text)) as { default: (problem: unknown) => { loss: number } };
    const layer = { weights: [[1000, 0]], bias: [0, 0] };
    const spec = { layers: [{ activation: 'softmax' }], loss: 'cross-entropy' };
    expect(own({ network: spec, parameters: [layer], inputs: [[1]], targets: [[0, 1]] }).loss).toBe(1000);
  });

  test.each(LOSSES)(
    'computes the loss %s (on %s) that it was asked for, and is right once filled in',
    async (...of) => {
      const [loss, output, start, from] = of;
      const spec = network(5, [6], 'tanh', 3, output, loss);
      const { gradients } = await onTrial(await loaded(filledInFor(loss, start, from)), spec, { B: 6 });
      expect(gradients.verdict.kind).toBe('agree');
      const wrong = await onTrial(await loaded(filledInFor(loss, `1.01 * (${start})`, from)), spec, { B: 6 });
      expect(wrong.gradients.verdict.kind).toBe('disagree');
    },
  );

  test('says that it has no other loss', async () => {
    const { default: own } = (await loaded(FILLED_IN)) as { default: (problem: unknown) => unknown };
    const layer = { weights: [[1]], bias: [0] };
    const spec = { layers: [{ activation: 'linear' }], loss: 'hinge' };
    expect(() => own({ network: spec, parameters: [layer], inputs: [[1]], targets: [[0]] })).toThrow(
      'the loss hinge is not written yet',
    );
  });

  test.each(['typescript', 'javascript'] as const)('no line is longer than 100 columns (%s)', (language) => {
    for (const style of ['functions', 'class'] as const)
      for (const loss of [undefined, ...LOSSES.map(([id]) => id)])
        for (const { text } of template(language, style, loss))
          expect(text.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  test('with only its last layer written has that layer checked, and the others are missing', async () => {
    const lastAlone = replacedOnce(FILLED_IN, 'if (l === 0) break;', 'break;');
    const { gradients } = await onTrial(await loaded(lastAlone), TANH);
    const wrong = gradients.parameters.filter(({ left }) => left !== null).map(({ parameter }) => parameter);
    expect(wrong).toEqual(['W1', 'b1', 'W2', 'b2']);
    expect(gradients.diagnosis).toBeNull();
  });
});

describe('a mistake in the style of the template is found:', () => {
  const MISTAKES: [string, typeof RELU, string, string, string][] = [
    ['the batch mean left out', TANH, '(p - targets[b][k]) / B)', '(p - targets[b][k]))', 'missing-batch-mean'],
    ['the wrong sign', TANH, '(p - targets[b][k]) / B)', '(targets[b][k] - p) / B)', 'loss-sign'],
    ['biases not summed', TANH, 'dz.reduce((sum, row) => sum + row[o], 0)', 'dz[0][o]', 'bias-not-summed'],
    [
      'biases assigned, not added',
      TANH,
      'dz.reduce((sum, row) => sum + row[o], 0)',
      'dz.reduce((_sum, row) => row[o], 0)',
      'bias-of-last-example',
    ],
    [
      'biases averaged once more',
      TANH,
      'dz.reduce((sum, row) => sum + row[o], 0)',
      'dz.reduce((sum, row) => sum + row[o], 0) / B',
      'bias-averaged',
    ],
    [
      'the transposed product',
      TANH,
      'weights: times(transposed(x), dz),\n      bias: dz',
      'weights: times(transposed(dz), x),\n      bias: dz',
      'transposed-product',
    ],
    [
      'relu passed through as if it were linear',
      RELU,
      'return z[b][o] > 0 ? value : 0;',
      'return value;',
      'missing-activation-derivative',
    ],
    [
      'tanh with the derivative at z',
      TANH,
      'return value * (1 - a[b][o] ** 2);',
      'return value * (1 - z[b][o] ** 2);',
      'derivative-at-z',
    ],
    [
      'the 2 of the square left out',
      SIGMOID,
      '(2 * (p - targets[b][k])) / (B * K)',
      '(p - targets[b][k]) / (B * K)',
      'missing-factor-two',
    ],
    [
      'the mean over the outputs left out',
      SIGMOID,
      '(2 * (p - targets[b][k])) / (B * K)',
      '(2 * (p - targets[b][k])) / B',
      'missing-output-mean',
    ],
    [
      'the derivative of sigmoid forgotten',
      SIGMOID,
      'return value * a[b][o] * (1 - a[b][o]);',
      'return value;',
      'missing-activation-derivative',
    ],
    [
      'a layer that is never written',
      TANH,
      'if (l === 0) break;',
      'if (l === 0) { gradients[0] = { weights: x[0].map(() => dz[0].map(() => 0)), bias: dz[0].map(() => 0) }; break; }',
      'zero-gradient',
    ],
    [
      'targets one class off',
      TANH,
      '(p - targets[b][k]) / B)',
      '(p - targets[b][(k + targets[b].length - 1) % targets[b].length]) / B)',
      'targets-shifted',
    ],
  ];
  test.each(MISTAKES)('%s', async (_what, spec, right, wrong, name) => {
    const { gradients } = await onTrial(await loaded(replacedOnce(FILLED_IN, right, wrong)), spec, { B: 6 });
    expect(gradients.verdict.kind).toBe('disagree');
    expect(gradients.diagnosis?.mistakes.map(({ fault }) => fault)).toContain(name);
  });
});

describe('backproof init', () => {
  test('writes three files, and the first run says what is missing', async () => {
    const cwd = newFolder();
    const run = await backproof(['init'], { cwd });
    expect(run.code).toBe(0);
    expect(filesIn(cwd)).toEqual(['backproof.yml', 'my-mlp.test.ts', 'my-mlp.ts']);
    const [, command = ''] = /npx backproof (compare --candidate \S+)/.exec(run.stdout) ?? [];
    const first = await backproof(
      [...command.split(' '), '--reference', 'vector', '--dataset', 'xor', '--hidden', '3'],
      { cwd },
    );
    expect(first.stdout).toContain(
      'DISAGREE: my-mlp.ts (candidate) returned no gradient for W1 (2, 3), b1 (3), W2 (3, 2), b2 (2)\n  Next: dz2 = ',
    );
    expect(first.code).toBe(1);
    const again = await backproof(['init'], { cwd });
    expect(complaint(again)).toContain(
      'my-mlp.ts, my-mlp.test.ts, .github/workflows/backproof.yml are there already; nothing was written',
    );
    expect(again.code).toBe(2);
  }, 120_000);

  test('writes JavaScript into a new folder', async () => {
    const target = join(newFolder(), 'new', 'place');
    expect((await backproof(['init', target, '--language', 'javascript'])).code).toBe(0);
    expect(existsSync(join(target, 'my-mlp.mjs'))).toBe(true);
    expect(readFileSync(join(target, 'my-mlp.mjs'), 'utf8')).not.toMatch(/[‹›]|interface|: Matrix/);
    expect(readFileSync(join(target, '.github/workflows/backproof.yml'), 'utf8')).toContain(
      'compare --candidate my-mlp.mjs',
    );
    expect(complaint(await backproof(['init', '/proc/nowhere']))).toMatch(/cannot be written/);
  });

  test.each(['functions', 'class'] as const)(
    'writes TypeScript (%s) without errors in strict mode',
    (style) => {
      const [{ path, text }] = template('typescript', style);
      const file = join(ROOT, 'test', 'cli', path); // compiled as if at this path, so that it finds the package
      const options: ts.CompilerOptions = {
        ...{
          strict: true,
          noUncheckedIndexedAccess: true,
          noEmit: true,
          skipLibCheck: true,
          target: ts.ScriptTarget.ES2023,
        },
        ...{
          module: ts.ModuleKind.NodeNext,
          moduleResolution: ts.ModuleResolutionKind.NodeNext,
          allowImportingTsExtensions: true,
        },
        ...{ types: ['node'], typeRoots: [join(ROOT, 'node_modules/@types')] },
      };
      const host = ts.createCompilerHost(options);
      const read = host.readFile.bind(host);
      const own = text.replace("'backproof'", "'../../src/index.ts'");
      host.readFile = (name) => (name === file ? own : read(name));
      const there = host.fileExists.bind(host);
      host.fileExists = (name) => name === file || there(name);
      const source = host.getSourceFile.bind(host);
      host.getSourceFile = (name, ...rest) =>
        name === file ? ts.createSourceFile(name, own, ts.ScriptTarget.ES2023) : source(name, ...rest);
      const program = ts.createProgram([file], options, host);
      const written = program.getSourceFile(file);
      const mine = [...program.getSyntacticDiagnostics(written), ...program.getSemanticDiagnostics(written)];
      const said = mine.map((d) => ts.flattenDiagnosticMessageText(d.messageText, ' '));
      expect(said.filter((line) => !/is declared but/.test(line))).toEqual([]);
    },
    240_000,
  );
});

test('a template without an optimizer uses that of backproof', async () => {
  const { candidate } = await onTrial(await loaded(FILLED_IN), TANH, { optimizer: optimizerSpec('adam') });
  expect(candidate.filledIn).toEqual(['applyGradients']);
});
