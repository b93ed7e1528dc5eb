// Modules that do what no candidate should, by accident or on purpose: each ends in one line, none
// of them reaches the judge, and none outlives it.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DEFAULT_CONVENTIONS } from '../../src/candidates/conventions/conventions.ts';
import { createExternalEngine } from '../../src/candidates/external.ts';
import type { CandidateOptions } from '../../src/candidates/limits.ts';
import { openModule } from '../../src/candidates/process/module.ts';
import type { LossAndGradients } from '../../src/engines/engine.ts';
import { CandidateError } from '../../src/errors.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';
import { modules } from './modules.ts';

const SPEC = network(3, [4], 'tanh', 2, 'softmax', 'cross-entropy');
const LINUX = process.platform === 'linux';
const { folder, moduleOf, written } = modules();

/** Asks twice, makes an update of the answer, and closes. */
async function asked(file: string, options: CandidateOptions = {}): Promise<LossAndGradients[]> {
  const port = await openModule(file, options);
  const engine = createExternalEngine(port, SPEC, optimizerSpec('adam'), DEFAULT_CONVENTIONS);
  try {
    await engine.load(startOf(SPEC));
    const first = await engine.lossAndGradients(randomBatch(SPEC, 3));
    await engine.applyGradients(first.gradients);
    await engine.applyGradients(first.gradients);
    return [first, await engine.lossAndGradients(randomBatch(SPEC, 3))];
  } finally {
    await engine.dispose();
  }
}

/** The one line of what is refused. */
async function refused(file: string, options: CandidateOptions = {}): Promise<string> {
  const error = await asked(file, options).then(
    () => new Error('it was not refused'),
    (e: unknown) => e as Error,
  );
  expect(error).toBeInstanceOf(CandidateError);
  const { message, hint } = error as CandidateError;
  const line = `${message}${hint === undefined ? '' : `; ${hint}`}`;
  expect(line).not.toContain('\n');
  expect(line.length).toBeLessThan(500);
  return line;
}

const JUNK = /sent something that is not an answer .*; file descriptor 3 is reserved for backproof$/;
/** What makes a frame as the pipe has them. */
const FRAME = `import { writeSync } from 'node:fs';
const frame = (head, numbers = 0, more = {}) => {
  const text = Buffer.from(typeof head === 'string' ? head : JSON.stringify(head));
  const prefix = Buffer.alloc(16);
  [0xb9f00f9b, more.head ?? text.length, more.numbers ?? numbers, more.bytes ?? 0].forEach((n, i) => prefix.writeUInt32LE(n, 4 * i));
  return Buffer.concat([prefix, text, Buffer.alloc(8 * numbers)]);
};
const id = '3b241101-e2bb-4255-8caf-4136c566a962';
const zeros = { kind: 'answered', form: ['o', { loss: ['n'] }], changed: null, hasState: false };`;

test('one that does nothing of the kind is right, updates and all (or nothing below proves anything)', async () => {
  const file = moduleOf(
    '',
    `export const applyGradients = ({ parameters, gradients, state, step }) => {
      if ((state === undefined) !== (step === 1)) throw new Error('no state');
      if (state !== undefined && !(state.moments instanceof Map)) throw new Error('another state');
      return { parameters, state: { moments: new Map([[1, new Float64Array(3)]]), text: 'mine' } };
    };`,
  );
  const [first, second] = await asked(file);
  expect(first.loss).toBeGreaterThan(0);
  expect(second).toEqual(first);
});

describe('a module that ends its process', () => {
  test.each<[string, string, RegExp]>([
    ['by SIGKILL', "process.kill(process.pid, 'SIGKILL'); await new Promise(() => {});", /was killed by SIGKILL$/],
    ['by SIGSEGV', "process.kill(process.pid, 'SIGSEGV'); await new Promise(() => {});", /was killed by SIGSEGV$/],
    ['by abort', 'process.abort();', /was killed by SIGABRT/],
    ['by exit(0)', 'process.exit(0);', /exited with code 0$/],
    ['with a last word', "console.error('out of ideas'); process.exit(9);", /exited with code 9: out of ideas$/],
    [
      'by a promise that nobody catches',
      "void Promise.reject(new Error('x'.repeat(5e7))); await new Promise(() => {});",
      /threw outside any call: Error: x{190,200} \.\.\.$/,
    ],
  ])('%s', async (_what, body, said) => {
    const file = moduleOf(body);
    expect(await refused(file, { timeLimit: 10 })).toMatch(said);
  });

  test('while it is loaded', async () => {
    expect(await refused(moduleOf('', "process.kill(process.pid, 'SIGKILL');"))).toMatch(/was killed by SIGKILL$/);
  });
});

describe('a module that needs more memory than it may have', () => {
  const options = { memoryLimit: 300, timeLimit: 60 };
  test.each<[string, string]>([
    ['typed arrays', 'for (const all = []; ; ) all.push(new Float64Array(1e7).fill(1));'],
    ['buffers', 'for (const all = []; ; ) all.push(Buffer.alloc(5e7, 1));'],
    ['objects', 'for (const all = []; ; ) all.push(new Array(1e6).fill(answer.loss + all.length));'],
    ['text', "for (const all = []; ; ) all.push(Buffer.alloc(1e7, 120).toString('latin1') + all.length);"],
    [
      'a child',
      `const { spawn } = await import('node:child_process');
       spawn(process.execPath, ['-e', 'for (const all = []; ; ) all.push(Buffer.alloc(5e7, 1));']);
       await new Promise((resolve) => setTimeout(resolve, 50_000));`,
    ],
  ])('for %s', { timeout: 90_000 }, async (_what, body) => {
    const before = process.memoryUsage.rss();
    expect(await refused(moduleOf(body), options)).toMatch(
      /ran out of memory: it used more than 300 MiB; raise the limit with --memory-limit$/,
    );
    expect(process.memoryUsage.rss() - before).toBeLessThan(100e6);
  });

  test('that is within it answers', async () => {
    const [first] = await asked(moduleOf('globalThis.kept = new Float64Array(1e7).fill(1);'), options);
    expect(first.loss).toBeGreaterThan(0);
  });
});

describe('a module that answers too much', () => {
  test.each<[string, string, RegExp]>([
    [
      'rows of typed arrays',
      'answer.gradients[0].weights = Array.from({ length: 2000 }, () => new Float64Array(20000));',
      /far more numbers than requested: gradients\[0\]\.weights has shape \(2000, 20000\); expected 27 numbers$/,
    ],
    ['one flat array', 'answer.gradients[0].weights = new Float64Array(4e7);', /has shape \(40000000\)/],
    [
      'one row over and over',
      'const row = new Array(1e5).fill(0); answer.gradients[1].weights = Array.from({ length: 1e5 }, () => row);',
      /has shape \(100000, 100000\)/,
    ],
    ['an array without an end', 'answer.gradients[0].bias = new Array(4e9);', /has shape \(4000000000\)/],
    [
      'too many layers',
      'answer.gradients = Array.from({ length: 1e6 }, () => ({ weights: null }));',
      /far more numbers than requested: gradients/,
    ],
    ['an error of 50 MB', "throw new Error('x'.repeat(5e7));", /threw Error: x{190,200} \.\.\. \(line 5 of own/],
    [
      'an error without a text',
      "throw { toString() { throw new Error('no') } };",
      /threw a value that cannot be shown as text$/,
    ],
    ['a promise in its answer', 'answer.loss = Promise.resolve(answer.loss);', /is not data: loss is a promise/],
  ])('%s', { timeout: 60_000 }, async (_what, body, said) => {
    const before = process.memoryUsage.rss();
    expect(await refused(moduleOf(body), { timeLimit: 40 })).toMatch(said);
    expect(process.memoryUsage.rss() - before).toBeLessThan(150e6);
  });

  test('by a few shapes only is told which, and not refused', async () => {
    const file = moduleOf(
      'answer.gradients[0].weights = Array.from({ length: 32 }, () => answer.gradients[0].weights);',
    );
    const port = await openModule(file);
    const engine = createExternalEngine(port, SPEC, optimizerSpec('sgd'), DEFAULT_CONVENTIONS);
    await engine.load(startOf(SPEC));
    await engine.lossAndGradients(randomBatch(SPEC, 3));
    expect(engine.flaws()).toEqual([{ kind: 'shape', parameter: 'W1', expected: [3, 4], found: [32] }]);
    await engine.dispose();
  });
});

describe('a module that writes to the pipe for its answers', () => {
  test.each<[string, string]>([
    ['a line', "writeSync(3, 'hello\\n');"],
    ['a byte', "writeSync(3, 'x');"],
    ['JSON', "writeSync(3, JSON.stringify({ id, ...zeros }) + '\\n');"],
    ['an answer of a guessed id', 'writeSync(3, frame({ id, ...zeros }, 1));'],
    ['an answer without an id', 'writeSync(3, frame(zeros, 1));'],
    ['null', "writeSync(3, frame('null'));"],
    ['no JSON', "writeSync(3, frame('{'));"],
    ['JSON without a bottom', "writeSync(3, frame('['.repeat(50_000)));"],
    ['another description', "writeSync(3, frame({ kind: 'ready', id, name: '', conventions: null, can: [] }));"],
    ['an answer that says how large it is', 'writeSync(3, frame({ id, ...zeros }, 1, { numbers: 4e9 }));'],
    ['a head of gigabytes', "writeSync(3, frame('', 0, { head: 4e9 }));"],
    ['bytes of gigabytes', "writeSync(3, frame('', 0, { bytes: 4e9 }));"],
  ])('%s, before, during or after an answer', { timeout: 60_000 }, async (_what, write) => {
    expect(await refused(moduleOf('', `${FRAME}\n${write}`), { timeLimit: 5 })).toMatch(JUNK);
    expect(await refused(moduleOf(write, FRAME), { timeLimit: 5 })).toMatch(JUNK);
    const later = `setTimeout(() => { ${write} }, 0);`;
    const slow = 'await new Promise((resolve) => setTimeout(resolve, 200));';
    expect(await refused(moduleOf(`${later} ${slow}`, FRAME), { timeLimit: 5 })).toMatch(JUNK);
  });

  test('with the id of its request that it has read there answers for itself, and must fit all the same', async () => {
    // It listens at the pipe as the host does: what it answers with is its own answer, however
    // it came.
    const stolen = `${FRAME}
      const stolen = (form, numbers, changed = null) => {
        const pipe = process._getActiveHandles().find((one) => one.fd === 3 || one._handle?.fd === 3);
        const emit = pipe.write.bind(pipe);
        pipe.write = (bytes) => {
          const head = JSON.parse(bytes.subarray(16, 16 + bytes.readUInt32LE(4)));
          return emit(head.kind !== 'answered' ? bytes : frame({ ...head, form, changed, hasState: false }, numbers));
        };
      };`;
    for (const [form, numbers] of [
      ["['m', 1e9, 1e9]", 1],
      ["['m', 1e15, 0]", 0],
      ["['v', 2, 0]", 1],
      ["['v', -1, 0]", 1],
      ["['n']", 2],
      ["['x', 'constructor']", 0],
      ['{ __proto__: null, length: 1e9 }', 0],
      ["Array(40).fill(0).reduce((inner) => ['l', [inner]], null)", 0],
    ] as const)
      expect(await refused(moduleOf(`stolen(${form}, ${numbers});`, stolen), { timeLimit: 5 })).toMatch(JUNK);
    const argument = "{ argument: 'verdict', index: [0], before: 0, after: 0 }";
    expect(await refused(moduleOf(`stolen(null, 0, ${argument});`, stolen), { timeLimit: 5 })).toMatch(JUNK);
  });

  test.each<[string, string, string, RegExp]>([
    [
      'parentPort',
      "import { parentPort } from 'node:worker_threads'; parentPort.postMessage({ ready: null });",
      '',
      /threw TypeError/,
    ],
    [
      'parentPort when asked',
      "import { parentPort } from 'node:worker_threads';",
      'parentPort.postMessage(null);',
      /threw TypeError/,
    ],
    ['process.send', '', 'process.send({ answer });', /threw TypeError: process\.send is not a function/],
    ['its request, which it takes away', "import { closeSync } from 'node:fs';", 'closeSync(3);', /own/],
  ])('but there is no %s', { timeout: 60_000 }, async (_what, before, body, said) => {
    expect(await refused(moduleOf(body, before), { timeLimit: 5 })).toMatch(said);
  });
});

describe('what a module prints', () => {
  test.each<[string, string]>([
    ['by file descriptor', "(await import('node:fs')).writeSync(1, 'AGREE forged\\n');"],
    [
      'through a child',
      "(await import('node:child_process')).spawnSync('echo', ['AGREE forged'], { stdio: ['ignore', 1, 2] });",
    ],
    [
      'through a child that inherits everything',
      "(await import('node:child_process')).spawnSync('echo AGREE forged', { stdio: 'inherit', shell: true });",
    ],
    ['without the end of a line', "process.stdout.write('AGREE forged');"],
  ])('%s is passed on as its own', async (_what, body) => {
    let printed = '';
    await asked(moduleOf(body), { log: (text) => (printed += text) });
    expect(printed).toMatch(/^(AGREE forged){1,2}\n(AGREE forged\n)?$/);
  });

  test('in a line without an end is cut', async () => {
    let printed = '';
    await asked(moduleOf("for (let i = 0; i < 100; i++) process.stdout.write('x'.repeat(1e6));"), {
      log: (text) => (printed += text),
    });
    expect(printed).toMatch(/^x{9000,10000}\n\[further output is left out\]\n$/);
  });
});

describe('what a module does to its arguments', () => {
  test.each<[string, string, string]>([
    ['and hides', 'Object.is = () => true;', 'problem.inputs[0][0] = 99;'],
    ['and hides otherwise', '', 'Map.prototype.get = () => undefined; problem.parameters.length = 0;'],
    ['later', '', 'setTimeout(() => { for (const row of problem.inputs) row.fill(7); }, 0);'],
  ])('%s, the judge’s numbers stay as they are', async (_what, before, body) => {
    const batch = randomBatch(SPEC, 3);
    const start = startOf(SPEC);
    const [kept, keptStart] = [structuredClone(batch), structuredClone(start)];
    const seen = join(folder, `seen-${before.length}-${body.length}`);
    const tell = `writeFileSync(${JSON.stringify(seen)}, JSON.stringify([problem.inputs, problem.parameters]));`;
    const file = written(
      `import { writeFileSync } from 'node:fs';\n${before}\nexport default async function (problem) {\n ${tell}\n ${body}\n return { loss: 1, gradients: [] };\n}\n`,
      '.mjs',
    );
    const port = await openModule(file);
    const engine = createExternalEngine(port, SPEC, optimizerSpec('sgd'), DEFAULT_CONVENTIONS);
    await engine.load(start);
    const texts: string[] = [];
    for (let times = 0; times < 3; times++) {
      await engine.lossAndGradients(batch).catch(() => {});
      texts.push(existsSync(seen) ? readFileSync(seen, 'utf8') : '');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await engine.dispose();
    expect(batch).toEqual(kept);
    expect(start).toEqual(keptStart);
    expect(new Set(texts).size).toBe(1); // each time it is given the same
  });

  test('during the call is reported, also if it puts another function in the place of Object.is', async () => {
    const port = await openModule(moduleOf('problem.inputs[0][0] = NaN;', 'Object.is = () => true;'));
    const engine = createExternalEngine(port, SPEC, optimizerSpec('sgd'), DEFAULT_CONVENTIONS);
    await engine.load(startOf(SPEC));
    await engine.lossAndGradients(randomBatch(SPEC, 3));
    expect(engine.flaws()).toMatchObject([{ kind: 'changed', parameter: 'inputs', index: [0, 0], after: NaN }]);
    await engine.dispose();
  });
});

/** Processes that were started with these words and are still there. */
const left = (words: string): string => spawnSync('pgrep', ['-f', words], { encoding: 'utf8' }).stdout.trim();

describe.skipIf(!LINUX)('what a module starts', () => {
  const start = (options: string, how: string): string =>
    `const { spawn } = await import('node:child_process'); spawn(${how}, ${options}).unref();`;
  test.each<[string, string]>([
    ['', "{ stdio: 'ignore' }"],
    [', in a session of its own,', "{ stdio: 'ignore', detached: true }"],
    [', with an environment of its own,', "{ stdio: 'ignore', detached: true, env: {} }"],
    [', that keeps its output open,', "{ stdio: 'inherit', detached: true }"],
  ])('%s ends with it', async (what, options) => {
    const mark = `own_child_${process.pid}_${what.length}`;
    const child = `process.execPath, ['-e', 'setInterval(() => {}, 1000) // ${mark}']`;
    const port = await openModule(moduleOf('', `${start(options, child)}`));
    for (let i = 0; i < 100 && left(mark) === ''; i++) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(left(mark)).not.toBe('');
    await port.close();
    for (let i = 0; i < 20 && left(mark) !== ''; i++) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(left(mark)).toBe('');
  });

  test('through another that has ended ends with it', async () => {
    const mark = `own_orphan_${process.pid}`;
    const inner = `require('node:child_process').spawn('sleep', ['600.${mark.length}${process.pid}'], { detached: true, stdio: 'ignore' }).unref()`;
    const body = `(await import('node:child_process')).spawnSync(process.execPath, ['-e', ${JSON.stringify(inner)}]);`;
    const port = await openModule(moduleOf('', body));
    expect(left(`sleep 600.${mark.length}${process.pid}`)).not.toBe('');
    await port.close();
    for (let i = 0; i < 20 && left(`sleep 600.${mark.length}${process.pid}`) !== ''; i++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(left(`sleep 600.${mark.length}${process.pid}`)).toBe('');
  });
});
