// What an engine keeps between calls is told.
import { expect, test } from 'vitest';
import { affine, computed, each, engineOf, predicted, stepping } from './mlp.ts';
import type { Answer, Candidate, Rows, Weights } from './mlp.ts';
import { toldBy } from './steady.ts';

const plus = (a: Weights, b: Weights, f = 1, g = 1): Weights => ({
  W1: each(a.W1, (v, r, c) => f * v + g * b.W1[r][c]),
  b1: a.b1.map((v, o) => f * v + g * b.b1[o]),
  W2: each(a.W2, (v, r, c) => f * v + g * b.W2[r][c]),
  b2: a.b2.map((v, o) => f * v + g * b.b2[o]),
});

/** Answers made of those before. */
function keeping(make: (now: Answer, before: Answer | null) => Answer): Candidate {
  let before: Answer | null = null;
  return {
    gradients: (w, x, t) => {
      before = make(computed(w, x, t), before);
      return before;
    },
  };
}

/** Values of a call that later ones find: `kept` is the hidden activations, `x` the inputs. */
interface Cache {
  x: Rows;
  t: Rows;
  a1: Rows;
  w: Weights;
}

type Keeps = (now: Cache, old: Cache | null) => Cache;

function caching(use: (cache: Cache | null, now: Cache) => Answer, keeps: Keeps) {
  return (): Candidate => {
    let cache: Cache | null = null;
    return {
      gradients: (w, x, t) => {
        const now = { x, t, w, a1: each(affine(x, w.W1, w.b1), Math.tanh) };
        const answer = use(cache, now);
        cache = keeps(now, cache);
        return answer;
      },
    };
  };
}

const latest: Keeps = (now) => now;
const earliest: Keeps = (now, old) => old ?? now;
const fit = (old: Rows | undefined, now: Rows): Rows => now.map((row, r) => old?.[r] ?? row);

const withOld = (steps: (old: Cache, now: Cache) => Parameters<typeof computed>[3], keeps = latest) =>
  caching((old, now) => computed(now.w, now.x, now.t, old === null ? {} : steps(old, now)), keeps);

const WRONG: readonly (readonly [string, () => Candidate, string, RegExp])[] = [
  [
    'gradients that are never set to 0',
    () => keeping((now, before) => (before === null ? now : { ...now, ...plus(now, before) })),
    'dW1',
    /^Each call adds its own dW1, db1, dW2 and db2 to what was returned before/,
  ],
  [
    'weights alone are added up',
    () =>
      keeping((now, before) => {
        const sum = before === null ? now : plus(now, before);
        return { ...now, W1: sum.W1, W2: sum.W2 };
      }),
    'dW1',
    /^Each call adds its own dW1 and dW2 to/,
  ],
  [
    'a running mean',
    () => keeping((now, before) => (before === null ? now : { ...now, ...plus(now, before, 0.1, 0.9) })),
    'dW1',
    /^The gradients of a call are 1\/10 times the right one plus 0\.9 times what was returned before/,
  ],
  [
    'the gradients of the call before',
    caching((old, now) => (old === null ? computed(now.w, now.x, now.t) : computed(old.w, old.x, old.t)), latest),
    'dW1',
    /^The gradients of a call are those of the call before/,
  ],
  [
    'dW1 of the call before',
    caching((old, now) => {
      const right = computed(now.w, now.x, now.t);
      return old === null ? right : { ...right, W1: computed(old.w, old.x, old.t).W1 };
    }, latest),
    'dW1',
    /^dW1 of a call is that of the call before/,
  ],
  [
    'the batch before is counted again',
    caching((old, now) => {
      const right = computed(now.w, now.x, now.t);
      return old === null ? right : { ...right, ...plus(right, computed(old.w, old.x, old.t)) };
    }, latest),
    'dW1',
    /^The gradients of a call are the right one plus that of the call before/,
  ],
  [
    'activations of the call before',
    withOld((old, now) => ({ kept: () => fit(old.a1, now.a1) })),
    'dW2',
    /^dW2: a1 of (the call before|the last call for gradients), with dz of this one/,
  ],
  [
    'inputs of the first call',
    withOld((old, now) => ({ keptInputs: () => fit(old.x, now.x) }), earliest),
    'dW1',
    /^dW1: x of the very first call/,
  ],
  [
    'a derivative at the activations of the call before',
    withOld((old, now) => ({ slope: () => fit(old.a1, now.a1) })),
    'dz1',
    /^The derivative in dz1 is that of/,
  ],
  [
    'targets of the call before',
    withOld((old, now) => ({ targets: () => fit(old.t, now.t) })),
    'loss',
    /^The targets are those of the/,
  ],
  [
    'weights of the first call in the backward pass',
    withOld((old) => ({ back: () => old.w.W2 }), earliest),
    'dz1',
    /multiplied by the W of the very first call/,
  ],
  ['parameters of the call before', withOld((old) => ({ forward: () => old.w })), 'z1', /^The parameters are those of/],
  [
    'buffers by batch size',
    () => {
      const buffers = new Map<number, Rows>();
      return {
        gradients: (w, x, t) => {
          if (!buffers.has(x.length)) buffers.set(x.length, each(affine(x, w.W1, w.b1), Math.tanh));
          return computed(w, x, t, { kept: () => buffers.get(x.length) as Rows });
        },
      };
    },
    'dW2',
    /^dW2: a1 of the first call with a batch of that size/,
  ],
  [
    'activations by the inputs',
    () => {
      const known = new Map<string, Rows>();
      return {
        gradients: (w, x, t) => {
          const key = JSON.stringify(x);
          const a1 = known.get(key) ?? each(affine(x, w.W1, w.b1), Math.tanh);
          known.set(key, a1);
          return computed(w, x, t, { kept: () => a1 });
        },
      };
    },
    'dW2',
    /^dW2: a1 of the first call with the same batch/,
  ],
  [
    'activations of predict',
    () => {
      let kept: Rows | null = null;
      return {
        predict: (w, x) => {
          kept = each(affine(x, w.W1, w.b1), Math.tanh);
          return predicted(w, x);
        },
        gradients: (w, x, t) => computed(w, x, t, { kept: (a1) => (kept === null ? a1 : fit(kept, a1)) }),
      };
    },
    'dW2',
    /^dW2: a1 of the last predict/,
  ],
  [
    'predict answers with the outputs of the batch before',
    () => {
      let kept: Rows | null = null;
      return {
        predict: (w, x) => kept ?? predicted(w, x),
        gradients: (w, x, t) => {
          kept = predicted(w, x);
          return computed(w, x, t);
        },
      };
    },
    'outputs',
    /^predict returns the outputs of the batch before/,
  ],
  [
    'own weights after an update',
    () => {
      let own: Weights | null = null;
      return {
        update: (w, g) => {
          own = plus(w, g, 1, -0.1);
          return own;
        },
        gradients: (w, x, t) => computed(own ?? w, x, t),
      };
    },
    'loss',
    /not the same after an update/,
  ],
  [
    'gradients added up, of a wrong derivative',
    () => {
      let sum: Weights | null = null;
      return {
        gradients: (w, x, t) => {
          const wrong = computed(w, x, t, { slope: (a) => each(a, (value) => value / 2) });
          sum = sum === null ? wrong : plus(sum, wrong);
          return { ...wrong, ...sum };
        },
      };
    },
    'dW1',
    /grow by the same each time/,
  ],
  [
    'activations of the call before, with a wrong derivative',
    withOld((old, now) => ({ kept: () => fit(old.a1, now.a1), slope: (a) => each(a, (value) => value / 2) })),
    'dW2',
    /^The answer depends on the calls before it: dW2 of the same question is not the same after/,
  ],
  [
    'momentum that is kept for good',
    () => {
      let v: Weights | null = null;
      return {
        ...stepping({}),
        update: (w, g) => {
          v = v === null ? g : plus(v, g, 0.9, 1);
          return plus(w, v, 1, -0.1);
        },
      };
    },
    'updates',
    /^applyGradients keeps something/,
  ],
  [
    'running statistics of the inputs',
    () => {
      let mean = [0, 0, 0, 0];
      return stepping({
        enter: (x) => {
          mean = mean.map((m, i) => 0.8 * m + 0.2 * (x.reduce((sum, row) => sum + row[i], 0) / x.length));
          return each(x, (value, _, i) => value - mean[i]);
        },
      });
    },
    'loss',
    /move on in one direction/,
  ],
];

test.each(WRONG)('%s', async (_, open, place, text) => {
  const { told, asked } = await toldBy(engineOf(open()));
  expect(told.map((one) => one.text)).toEqual([expect.stringMatching(text)]);
  expect(told[0]).toMatchObject({ kind: 'state', place });
  expect(asked).toBeLessThanOrEqual(15);
});
