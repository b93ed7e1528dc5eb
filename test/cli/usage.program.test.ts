// Wrong usage: exit code 2, and one line on stderr that says what was expected and what was given.
import { describe, expect, it } from 'vitest';
import { DATASETS } from '../../src/data/names.ts';
import { SCALES } from '../../src/data/scaling.ts';
import { ENGINES } from '../../src/engines/engine.ts';
import { BACKENDS } from '../../src/engines/tfjs/backends.ts';
import { INITIALIZER_CHOICES } from '../../src/network/initializers.ts';
import { choicesOf } from '../../src/ops/family.ts';
import { ACTIVATION_PAGES, LOSS_PAGES, OUTPUT_PAGES } from '../../src/ops/registry.ts';
import { DTYPES } from '../../src/numeric/dtype.ts';
import { OPTIMIZERS } from '../../src/ops/optimizers/optimizer.ts';
import { errorDocument } from './documents.ts';
import { inProcess as backproof, complaint, filesIn, newFolder } from './program.ts';

const COMMANDS = ['compare', 'gradcheck', 'train', 'predict', 'faults'];
const CHOICES: [string, readonly string[]][] = [
  ['dataset', DATASETS],
  ['scale', SCALES],
  ['activation', choicesOf(ACTIVATION_PAGES)],
  ['output', choicesOf([...ACTIVATION_PAGES, ...OUTPUT_PAGES])],
  ['loss', choicesOf(LOSS_PAGES)],
  ['optimizer', OPTIMIZERS],
  ['initializer', INITIALIZER_CHOICES],
  ['engine', ENGINES],
  ['reference', ENGINES],
  ['backend', BACKENDS],
  ['dtype', DTYPES],
];

describe.concurrent('an unknown name', () => {
  it.for(CHOICES)('as --%s is refused with the choices', async ([option, choices]) => {
    const run = await backproof(['compare', `--${option}`, 'nonsense', '--out', newFolder()]);
    const line = complaint(run);
    expect(line).toContain(`unknown ${option} "nonsense"`);
    expect(line.split('choose one of ')[1]).toBe(choices.join(', '));
    expect(run.code).toBe(2);
  });

  it.for(['comapre', 'Compare', ''])('as a command ("%s") is refused with the choices', async (word) => {
    const run = await backproof(word === '' ? [] : [word]);
    const line = complaint(run);
    for (const command of COMMANDS) expect(line).toContain(command);
    expect(run.code).toBe(2);
  });

  it.for(['compare', 'predict'])('as an option of %s is refused with a pointer to help', async (command) => {
    const run = await backproof([command, '--epoch', '3', '--out', newFolder()]);
    expect(complaint(run)).toMatch(/\bepoch\b.*--help/);
    expect(run.code).toBe(2);
  });
});

/** Arguments, and the one line of the refusal. */
const SENSELESS: [string, RegExp][] = [
  [
    '--activation leaky-relu:x',
    /^--activation leaky-relu:x: expected a number from 0 to below 1 after the colon, got "x"$/,
  ],
  ['--activation leaky-relu:2', /^--activation leaky-relu:2: expected a number from 0 to below 1 after the colon/],
  ['--activation relu:2', /^unknown activation "relu:2"/],
  ['--output elu:', /^--output elu:: expected a number above 0 after the colon, got ""$/],
  ['--learning-rate fast', /^--learning-rate: expected a number, got "fast"$/],
  ['--learning-rate -0.1', /^--learning-rate: expected a number of at least 0, got "-0.1"$/],
  ['--learning-rate NaN', /^--learning-rate: expected a number, got "NaN"$/],
  ['--learning-rate Infinity', /^--learning-rate: expected a number of at least 0, got "Infinity"$/],
  ['--learning-rate=', /^--learning-rate: expected a number, got ""$/],
  ['--learning-rate', /^--learning-rate: expected a value, got nothing$/],
  ['--learning-rate -Infinity', /^--learning-rate: expected a value, got "-Infinity"$/],
  ['--learning-rate --seed 1', /^--learning-rate: expected a value, got nothing$/],
  [
    '--learning_rate 1',
    /^unknown option --learning_rate; did you mean --learning-rate\? see backproof compare --help$/,
  ],
  ['--batch-size 0', /^batch size: expected 1 to 1000 \(the training set\), got 0$/],
  ['--batch-size 1001', /^batch size: expected 1 to 1000 \(the training set\), got 1001$/],
  ['--batch-size 2.5', /^--batch-size: expected a whole number, got "2.5"$/],
  ['--epochs 0', /^--epochs: expected a whole number of at least 1, got "0"$/],
  ['--epochs -3', /^--epochs: expected a whole number of at least 1, got "-3"$/],
  ['--train-size 0', /^--train-size: expected a whole number of at least 1, got "0"$/],
  ['--train-size 1e12', /^training size: expected a whole number from 1 to 10000000, got 1000000000000$/],
  ['--seed 0.5', /^--seed: expected a whole number, got "0.5"$/],
  ['--seed 1 --seed 2', /^--seed: given more than once$/],
  ['--update-baseline=maybe', /^--update-baseline: takes no value, got "maybe"$/],
  ['--hidden 0', /^--hidden: expected whole numbers of at least 1, separated by commas, or none, got "0"$/],
  ['--hidden 8,,8', /^--hidden: expected whole numbers .*, got "8,,8"$/],
  ['--hidden=', /^--hidden: expected whole numbers .*, got ""$/],
  ['--hidden 99999999999', /hidden|units|99999999999/],
  ['--baseline=', /^--baseline: expected a path, got ""$/],
  ['--candidate-command=', /^--candidate-command: expected a command, got ""$/],
  ['--candidate-command x --time-limit 0', /^--time-limit: expected a number above 0 and at most 86400, got "0"$/],
  ['--candidate-command x --candidate y.ts', /^--candidate and --candidate-command: give one of them$/],
  ['--candidate-command x --fault sign', /^--fault does not go with a candidate: it is for backproof's own engines$/],
  ['--time-limit 3', /^--time-limit needs --candidate or --candidate-command$/],
  [
    '--fault missing-batchmean',
    /^unknown mistake "missing-batchmean"; did you mean missing-batch-mean\? see backproof faults$/,
  ],
  ['--fault sign --engine wasm', /^--fault needs --engine vector$/],
  ['--output linear --loss cross-entropy', /cross-entropy is defined on a softmax output, not on linear.*--loss mse/],
  ['--engine tfjs --dtype f64', /f32.*--engine vector/],
  ['--data somewhere', /^--data and --dataset moons exclude each other: moons is generated$/],
  ['--classes 3', /^--classes needs --data: the other data sets have a fixed number of classes$/],
  ['--case x', /^compare has no option --case; see backproof compare --help$/],
  ['--no-json', /^unknown option --no-json; /],
  ['extra', /\bextra\b/],
  ['-- --epochs 1', /--epochs/], // words that no command reads
];

/** The same for other commands. */
const ALSO_SENSELESS: [string, RegExp][] = [
  ['report --port 8080', /^--port needs --serve$/],
  ['report --serve --port 65536', /^--port: expected a whole number from 0 to 65535, got "65536"$/],
  ['predict --index -1', /^--index: expected a whole number of at least 0, got "-1"$/],
  ['init --language rust', /^unknown language "rust"; choose one of typescript, javascript$/],
  ['faults zero-gradiant', /^unknown mistake "zero-gradiant"; did you mean zero-gradient\? see backproof faults$/],
  ['faults sign loss-sign', /\bloss-sign\b/],
  ['faults nonsense', /^unknown mistake "nonsense"; see backproof faults$/],
];

it.concurrent.for(ALSO_SENSELESS)('%s is refused in one line', async ([words, line]) => {
  const run = await backproof(words.split(' '));
  expect(complaint(run)).toMatch(line);
  expect(run.code).toBe(2);
});

describe.concurrent('an invalid request', () => {
  it.for(SENSELESS)('like compare --dataset moons %s is refused in one line', async ([words, line]) => {
    const out = newFolder();
    const run = await backproof(['compare', '--out', out, '--dataset', 'moons', ...words.split(' ')]);
    expect(complaint(run)).toMatch(line);
    expect(run.code).toBe(2);
    expect(filesIn(out)).toEqual([]);
  });

  it('for more examples than MNIST has is refused with their number', async () => {
    const run = await backproof(['train', '--train-size', '60001', '--out', newFolder()]);
    expect(complaint(run)).toBe('training size: expected a whole number from 1 to 60000, got 60001');
    expect(run.code).toBe(2);
  });

  it.for(['--json', '--json=true'])('gives one JSON document with %s', async (json) => {
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
