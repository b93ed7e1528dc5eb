// The backends of TensorFlow.js that run in a browser: the contract of engines, how exact their
// functions are, no leak, and the program with them.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { boundedOutputs } from '../../src/bounds/forward.ts';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { openPage } from '../../src/engines/tfjs/browser/browser.ts';
import { endBrowsers } from '../../src/engines/tfjs/browser/open-browsers.ts';
import type { BrowserBackend } from '../../src/engines/tfjs/backends.ts';
import { heldBatch, heldParameters } from '../../src/network/held.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import type { ArithmeticId } from '../../src/numeric/bounds/arithmetic.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { ELEMENTWISE_ACTIVATIONS } from '../../src/ops/registry.ts';
import { ROOT, backproof, complaint, newFolder, start } from '../cli/program.ts';
import { NETWORK, flat, network, randomBatch, startOf } from '../fixtures.ts';
import { eventually } from '../running.ts';
import { contractOf } from './contract.ts';
import { IN_BROWSER, open, whyMissing } from './kinds.ts';

/** Every piece compiles shaders of its own, on this processor: in CI some stand for all. */
const EVERY_PIECE = process.env['EVERY_PIECE'] === '1';
const SOME = { optimizers: ['adam'], activations: ['gelu'] };
const FUNCTIONS = EVERY_PIECE ? ELEMENTWISE_ACTIVATIONS : (['tanh'] as const);

afterAll(endBrowsers);

const missed: (string | null)[] = [];
for (const kind of IN_BROWSER) {
  const missing = await whyMissing(kind, true);
  missed.push(missing);
  await contractOf(kind, EVERY_PIECE ? undefined : SOME, missing);
  const backend = kind.options.backend as BrowserBackend;

  describe.skipIf(missing !== null)(missing === null ? kind.name : `${kind.name} (not available: ${missing})`, () => {
    /** The largest share of the bound that a function of scores from -20 to 20 uses. */
    const used = async (activation: (typeof FUNCTIONS)[number], arithmetic: ArithmeticId): Promise<number> => {
      const spec: NetworkSpec = { ...network(1, [], activation, 1, activation, 'mse'), arithmetic };
      const identity = startOf(spec).map((tensor) => ({
        ...tensor,
        values: new Float32Array([1]).fill(tensor.role === 'bias' ? 0 : 1),
      }));
      const inputs = { rows: 4001, cols: 1, data: Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 100) };
      const engine = await open(kind, spec, optimizerSpec('sgd'));
      await engine.load(identity);
      const { data } = await engine.predict(inputs);
      await engine.dispose();
      const { value, error } = boundedOutputs(spec, identity, inputs);
      return Math.max(...value.data.map((a, i) => (data[i] === a ? 0 : Math.abs(data[i] - a) / error.data[i])));
    };

    test.each(FUNCTIONS)('%s is within what the specifications of shaders allow', async (activation) => {
      expect(await used(activation, 'gpu')).toBeLessThanOrEqual(1);
    });

    test('softplus is not within what other engines were measured to have', async () => {
      expect(await used('softplus', 'ieee')).toBeGreaterThan(100);
    });

    test('says on what it computes, and with how many bits', async () => {
      const engine = await open(kind, NETWORK, optimizerSpec('sgd'));
      expect(engine.label).toBe(`tfjs ${backend}`);
      expect(engine.versions).toMatchObject({ tfjs: '4.22.0', chromium: expect.stringMatching(/^\d+\./) as string });
      expect(engine.device).toMatchObject({ renderer: expect.stringMatching(/\w/) as string, precision: '32 bits' });
      await engine.dispose();
    });

    test('holds the same number of tensors after every step, and none once disposed', async () => {
      const { host } = await openPage(backend);
      const before = await host.tensors();
      const engine = await open(kind, NETWORK, optimizerSpec('adam'));
      await engine.load(startOf(NETWORK));
      await engine.trainStep(randomBatch(NETWORK, 9)); // makes the optimizer's slots
      const held = await host.tensors();
      expect(held).toBeGreaterThan(before);
      for (let step = 0; step < 3; step++) {
        const batch = randomBatch(NETWORK, 9, step);
        const { gradients } = await engine.lossAndGradients(batch);
        await engine.applyGradients(gradients);
        await engine.predict(batch.inputs);
        await engine.trace?.(batch);
        await engine.parameters();
        expect(await host.tensors()).toBe(held);
      }
      await engine.dispose();
      expect(await host.tensors()).toBe(before);
    });
  });
}

/** Command lines of processes that have this text in them. */
function withText(text: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return line.includes(text) ? [line.replaceAll('\0', ' ')] : [];
    } catch {
      return []; // it has ended
    }
  });
}

const missing = process.platform === 'linux' ? missed[0] : 'processes are read from /proc';

/** Browsers that this process started. */
function browsersHere(): number[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ');
      const isBrowser = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--remote-debugging');
      return state !== 'Z' && Number(parent) === process.pid && isBrowser ? [Number(pid)] : [];
    } catch {
      return []; // it has ended
    }
  });
}

describe.skipIf(missing !== null)(missing === null ? 'a page' : `a page (not tried: ${missing})`, () => {
  const backend = IN_BROWSER[0].options.backend as BrowserBackend;

  test('whose browser is ended says so, and the next engine gets another', async () => {
    const engine = await createEngine('tfjs', NETWORK, optimizerSpec('sgd'), { backend });
    await endBrowsers();
    await expect(engine.load(startOf(NETWORK))).rejects.toThrow(/the browser with TensorFlow.js ended/);
    const next = await createEngine('tfjs', NETWORK, optimizerSpec('sgd'), { backend });
    await next.load(startOf(NETWORK));
    await next.dispose();
  });

  test('whose browser is killed is opened anew for the next engine', async () => {
    const engine = await createEngine('tfjs', NETWORK, optimizerSpec('sgd'), { backend });
    const { host } = await openPage(backend);
    const [pid, ...more] = browsersHere();
    expect(more).toEqual([]);
    process.kill(pid, 'SIGKILL');
    await expect(engine.load(startOf(NETWORK))).rejects.toThrow(/the browser with TensorFlow.js ended/);
    const next = await createEngine('tfjs', NETWORK, optimizerSpec('sgd'), { backend });
    await next.load(startOf(NETWORK));
    await expect(engine.dispose()).rejects.toThrow(/the browser with TensorFlow.js ended/);
    expect(host.engines).toBe(0);
    expect(flat(await next.parameters())).toEqual(flat(startOf(NETWORK)));
    await next.dispose();
  });

  test('that gets no engine ends by itself, however often it was asked for', async () => {
    await endBrowsers();
    await openPage(backend);
    expect(browsersHere()).toHaveLength(1);
    await openPage(backend);
    expect(await eventually(() => browsersHere().length === 0, 10)).toBe(true);
  });
});

describe.skipIf(missing !== null)(missing === null ? 'the program' : `the program (not tried: ${missing})`, () => {
  /** A folder for the browser's files, by which its processes are told from others. */
  const ownFolder = (): { folder: string; env: NodeJS.ProcessEnv } => {
    const folder = join(newFolder(), 'tmp');
    mkdirSync(folder);
    return { folder, env: { ...process.env, TMPDIR: folder } };
  };

  test('gradcheck agrees on webgpu, and leaves no browser behind', async () => {
    const { folder, env } = ownFolder();
    const words = ['gradcheck', '--dataset', 'moons', '--backend', 'webgpu', '--out', newFolder()];
    const run = await backproof(words, { env });
    expect(run.stdout).toMatch(/vector f32 against tfjs webgpu \(tfjs 4\.22\.0, chromium .*, on .*, 32 bits\)/);
    expect(run.stdout).toMatch(/^AGREE: all 82 gradients are within rounding error/m);
    expect(run.code).toBe(0);
    expect(withText(folder)).toEqual([]);
  });

  test('gradcheck finds what is wrong in webgl: sums with rows that are not there, and another ε', async () => {
    const words = [
      'gradcheck',
      '--case',
      join(ROOT, 'data/cases/webgl-wrong'),
      '--backend',
      'webgl',
      '--out',
      newFolder(),
    ];
    const { code, stdout } = await backproof(words, { limit: 58_000 });
    expect(code).toBe(1);
    expect(stdout).toMatch(/odd size: dW2\[0,0\] of tfjs webgl .*is wrong: -0\.816, exact -1/);
    expect(stdout).toMatch(/wrong in tfjs webgl \(default epsilon\) \(reference\): 0\.945, exact 0\.9/);
    expect(stdout).toContain('In the update, ε is 0.0001.');
    expect(stdout).not.toMatch(/vector f32 \(candidate\) (is|are) wrong/);
  });

  test.each([
    [
      'no browser',
      { BACKPROOF_CHROME: '/no/such/chrome' },
      /webgl backend is not available: \/no\/such\/chrome does not start.*; install one/,
    ],
    [
      'an unknown processor',
      { BACKPROOF_GPU: 'some' },
      /BACKPROOF_GPU: expected auto, hardware or software, got "some"/,
    ],
  ] as const)('%s: exit code 3 and one line', async (_what, env, line) => {
    const words = ['gradcheck', '--dataset', 'xor', '--backend', 'webgl', '--out', newFolder()];
    const run = await backproof(words, { env: { ...process.env, ...env } });
    expect(complaint(run)).toMatch(line);
    expect(run.code).toBe(3);
  });

  describe('where WebGL has 16 bits', () => {
    const env = { ...process.env, BACKPROOF_WEBGL_16_BITS: '1' };
    const words = ['--dataset', 'xor', '--backend', 'webgl', '--out', newFolder()];

    test('gradcheck says so, and judges by that', async () => {
      const run = await backproof(['gradcheck', ...words], { env });
      expect(run.stdout).toMatch(/vector f32 against tfjs webgl in 16 bits \(.*, 16 bits\)/);
      expect(run.stdout).toMatch(/^AGREE: all \d+ gradients are within rounding error/m);
      expect(run.code).toBe(0);
    });

    test('compare refuses it in one line', async () => {
      const run = await backproof(['compare', ...words], { env });
      expect(complaint(run)).toMatch(/webgl backend has only 16 bits for a number here.*; use gradcheck, which judges/);
      expect(run.code).toBe(3);
    });

    test('its gradients are within bounds for 16 bits, and not within those for 32', async () => {
      vi.stubEnv('BACKPROOF_WEBGL_16_BITS', '1');
      await endBrowsers();
      const spec: NetworkSpec = { ...network(6, [5, 4], 'tanh', 3, 'softmax', 'cross-entropy'), arithmetic: 'gpu16' };
      const engine = await createEngine('tfjs', spec, optimizerSpec('sgd'), { backend: 'webgl' });
      const [start, batch] = [heldParameters(spec, startOf(spec)), heldBatch(spec, randomBatch(spec, 5))];
      await engine.load(start);
      const found = flat((await engine.lossAndGradients(batch)).gradients);
      await engine.dispose();
      await endBrowsers();
      vi.unstubAllEnvs();
      const used = (arithmetic: ArithmeticId, got = found): number => {
        const { gradients, errors } = boundedGradients({ ...spec, arithmetic }, start, batch);
        const [exact, bounds] = [flat(gradients), flat(errors)];
        return Math.max(...got.map((g, i) => Math.abs(g - exact[i]) / bounds[i]));
      };
      expect(used('gpu16')).toBeLessThanOrEqual(1);
      expect(used('gpu16')).toBeGreaterThan(0.01); // else the bound would be too wide to say anything
      expect(used('gpu')).toBeGreaterThan(10);
      const summed = found.map((g) => 5 * g); // without the mean over the batch
      expect(used('gpu16', summed)).toBeGreaterThan(10);
    });
  });

  test.each(['SIGINT', 'SIGKILL'] as const)('no browser outlives the program that gets %s', async (signal) => {
    const { folder, env } = ownFolder();
    const long = ['--dataset', 'moons', '--epochs', '400', '--backend', 'webgl', '--out', newFolder()];
    const { child, outcome } = start(['compare', ...long], { env });
    expect(await eventually(() => withText(folder).some((line) => line.includes('--type=gpu-process')), 30)).toBe(true);
    child.kill(signal);
    expect((await outcome).code).toBe(signal === 'SIGINT' ? 130 : null);
    expect(await eventually(() => withText(folder).length === 0, 10)).toBe(true);
  });
});
