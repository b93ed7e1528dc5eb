// Requests that make no sense: exit code 2, one line on stderr that names what is wrong and what there is instead.
import { describe, expect, it } from 'vitest';
import { DATASETS } from '../../src/data/load.ts';
import { SCALES } from '../../src/data/scaling.ts';
import { ENGINES } from '../../src/engines/engine.ts';
import { BACKENDS } from '../../src/engines/tfjs/backends.ts';
import { INITIALIZERS } from '../../src/network/initializers.ts';
import { ACTIVATIONS, ELEMENTWISE_ACTIVATIONS, LOSSES } from '../../src/ops/registry.ts';
import { DTYPES } from '../../src/numeric/dtype.ts';
import { OPTIMIZERS } from '../../src/ops/optimizers/optimizer.ts';
import { errorDocument } from './documents.ts';
import { inProcess as backproof, complaint, filesIn, newFolder } from './program.ts';

const COMMANDS = ['compare', 'gradcheck', 'train', 'predict'];
const CHOICES: [string, readonly string[]][] = [
  ['dataset', DATASETS],
  ['scale', SCALES],
  ['activation', ELEMENTWISE_ACTIVATIONS],
  ['output', ACTIVATIONS],
  ['loss', LOSSES],
  ['optimizer', OPTIMIZERS],
  ['initializer', INITIALIZERS],
  ['engine', ENGINES],
  ['reference', ENGINES],
  ['backend', BACKENDS],
  ['dtype', DTYPES],
];

describe.concurrent('a name that is unknown', () => {
  it.for(CHOICES)('as --%s is refused, with all there are', async ([option, choices]) => {
    const run = await backproof(['compare', `--${option}`, 'nonsense', '--out', newFolder()]);
    const line = complaint(run);
    expect(line).toContain(`unknown ${option} "nonsense"`);
    expect(line.split('choose one of ')[1]).toBe(choices.join(', '));
    expect(run.code).toBe(2);
  });

  it.for(['comapre', 'Compare', ''])('as a command ("%s") is refused, with all there are', async (word) => {
    const run = await backproof(word === '' ? [] : [word]);
    const line = complaint(run);
    for (const command of COMMANDS) expect(line).toContain(command);
    expect(run.code).toBe(2);
  });

  it.for(['compare', 'predict'])('as an option of %s is refused, and help is pointed to', async (command) => {
    const run = await backproof([command, '--epoch', '3', '--out', newFolder()]);
    expect(complaint(run)).toMatch(/\bepoch\b.*--help/);
    expect(run.code).toBe(2);
  });
});

/** Arguments, and what the one line must name. */
const SENSELESS: [string, RegExp][] = [
  ['--learning-rate fast', /--learning-rate: a number of at least 0 expected, "fast" found/],
  ['--learning-rate -0.1', /--learning-rate: a number of at least 0 expected, "-0.1" found/],
  ['--learning-rate NaN', /--learning-rate: a number of at least 0 expected/],
  ['--learning-rate', /learning-rate/],
  ['--batch-size 0', /batch.size: 1 to 1000 \(the training set\) expected, 0 found/],
  ['--batch-size 1001', /batch.size: 1 to 1000 \(the training set\) expected, 1001 found/],
  ['--batch-size 2.5', /batch-size: a whole number .*expected, "2.5" found/],
  ['--epochs 0', /--epochs: a whole number of at least 1 expected, "0" found/],
  ['--train-size 0', /--train-size: a whole number of at least 1 expected/],
  ['--train-size 1e12', /train.*size/i],
  ['--seed 0.5', /--seed: a whole number expected, "0.5" found/],
  ['--seed 1 --seed 2', /--seed: given more than once/],
  ['--hidden 0', /--hidden: .*none.*"0" found/],
  ['--hidden 8,,8', /--hidden: .*"8,,8" found/],
  ['--hidden 99999999999', /hidden|units|99999999999/],
  ['--output linear --loss cross-entropy', /cross-entropy is defined on a softmax output, not on linear.*--loss mse/],
  ['--engine tfjs --dtype f64', /f32.*--engine vector/],
  ['--data somewhere', /--data is a folder of IDX files; moons is generated/],
  ['--case x', /\bcase\b/], // gradcheck's
  ['extra', /\bextra\b/],
  ['-- --epochs 1', /--epochs/], // words that nobody reads are no good omen
];

describe.concurrent('a request that makes no sense', () => {
  it.for(SENSELESS)('like compare --dataset moons %s is refused in one line', async ([words, line]) => {
    const out = newFolder();
    const run = await backproof(['compare', '--out', out, '--dataset', 'moons', ...words.split(' ')]);
    expect(complaint(run)).toMatch(line);
    expect(run.code).toBe(2);
    expect(filesIn(out)).toEqual([]);
  });

  it('for more of MNIST than there is says how much there is', async () => {
    const run = await backproof(['train', '--train-size', '60001', '--out', newFolder()]);
    expect(complaint(run)).toMatch(/1 to 60000 expected, 60001 found/);
    expect(run.code).toBe(2);
  });

  it.for(['--json', '--json=true'])('is one JSON document as well with %s', async (json) => {
    const run = await backproof(['compare', json, '--engine', 'nonsense', '--out', newFolder()]);
    expect(errorDocument(run)).toMatchObject({
      schemaVersion: 1,
      kind: 'error',
      code: 'usage',
      message: 'unknown engine "nonsense"',
    });
    expect(run.stderr).toMatch(/^backproof: [^\n]+\n$/);
    expect(run.code).toBe(2);
  });
});
