// Mistakes that are made in normalizations, whatever they are computed over. Both pages list them,
// with their own way forward and back.
import type { Matrix } from '../../numeric/matrix.ts';
import type { LayerFault, LayerForward, LayerStep } from '../piece-fault.ts';
import type { Tensors } from './tensors.ts';

/** n numbers that are normalized together: entry k is at first + k · stride. */
interface Group {
  readonly first: number;
  readonly n: number;
  readonly stride: number;
}

/** What the mistakes need to know of a kind of normalization. */
export interface Kind {
  readonly groups: (x: Matrix, p: Tensors) => readonly Group[];
  /** Whether a group has several numbers. */
  readonly several: NonNullable<LayerFault['where']>;
}

/** The numbers of one group on the way back: x̂, g = γ dz, 1 / √(v + ε). */
interface Back {
  readonly hats: readonly number[];
  readonly g: readonly number[];
  readonly r: number;
  readonly dz: readonly number[];
  readonly x: readonly number[];
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
const along = (a: readonly number[], b: readonly number[]): number => mean(a.map((x, k) => x * b[k]));

function groupBack({ first, n, stride }: Group, { saved: { x }, dz, p, spec }: LayerStep): Back {
  const places = Array.from({ length: n }, (_, k) => first + k * stride);
  const gamma = p['gamma'].values;
  const own = places.map((i) => x.data[i]);
  const centre = mean(own);
  const centred = own.map((value) => value - centre);
  const r = 1 / Math.sqrt(along(centred, centred) + (spec['epsilon'] as number));
  const starts = places.map((i) => dz.data[i]);
  const g = places.map((i) => gamma[i % gamma.length] * dz.data[i]);
  return { hats: centred.map((d) => d * r), g, r, dz: starts, x: own };
}

/** The right way back, with another dx. */
function wrongInputs(kind: Kind, dxOf: (back: Back) => readonly number[]): LayerFault['recipe'] {
  return (at, right) => ({
    layer(layer, step) {
      right.layer(layer, step);
      const { dx } = step;
      if (layer !== at || dx === null) return;
      for (const group of kind.groups(step.saved.x, step.p))
        dxOf(groupBack(group, step)).forEach((value, k) => (dx.data[group.first + k * group.stride] = value));
    },
  });
}

/** The right way back, with another dγ: the sum of what `of` gives for each entry. */
function wrongScale(kind: Kind, of: (back: Back, k: number) => number): LayerFault['recipe'] {
  return (at, right) => ({
    layer(layer, step) {
      right.layer(layer, step);
      if (layer !== at) return;
      const { values } = step.dp['gamma'];
      values.fill(0);
      for (const group of kind.groups(step.saved.x, step.p)) {
        const back = groupBack(group, step);
        for (let k = 0; k < group.n; k++) values[(group.first + k * group.stride) % values.length] += of(back, k);
      }
    },
  });
}

/** The way forward with other numbers than μ and v + ε: `of` returns centre and divisor. */
export function wrongForward(
  groups: Kind['groups'],
  of: (values: readonly number[], epsilon: number) => readonly [centre: number, divisor: number],
): LayerFault['recipe'] {
  return (at, right) => ({
    forward(layer, step: LayerForward) {
      const more = right.forward(layer, step);
      if (layer !== at || step.pass.mode === 'predict') return more;
      const { x, z, p, spec } = step;
      const [gamma, beta] = [p['gamma'].values, p['beta'].values];
      for (const { first, n, stride } of groups(x, p)) {
        const places = Array.from({ length: n }, (_, k) => first + k * stride);
        const values = places.map((i) => x.data[i]);
        const [centre, divisor] = of(values, spec['epsilon'] as number);
        for (const i of places)
          z.data[i] = beta[i % beta.length] + (gamma[i % gamma.length] * (x.data[i] - centre)) / divisor;
      }
      return more;
    },
  });
}

const varianceOf = (values: readonly number[]): number => {
  const centre = mean(values);
  return mean(values.map((x) => (x - centre) * (x - centre)));
};

/** The mistakes of one kind of normalization. */
export function normalizationFaults(kind: Kind) {
  return {
    'statistics-taken-as-constants': {
      first: 'inputs',
      description: 'mean and variance are taken as constants on the way back, although they depend on every input',
      remedy: 'dx = (g - mean(g) - x̂ mean(g x̂)) / √(var + ε) with g = γ dz',
      formula: 'dx = γ dz / √(var + ε)',
      recipe: wrongInputs(kind, ({ g, r }) => g.map((x) => x * r)),
    },
    'variance-taken-as-constant': {
      first: 'inputs',
      where: kind.several,
      description: 'the variance is taken as a constant on the way back, although it depends on every input',
      remedy: 'subtract x̂ mean(g x̂) too: dx = (g - mean(g) - x̂ mean(g x̂)) / √(var + ε)',
      formula: 'dx = (g - mean(g)) / √(var + ε)',
      recipe: wrongInputs(kind, ({ g, r }) => g.map((x) => (x - mean(g)) * r)),
    },
    'mean-taken-as-constant': {
      first: 'inputs',
      description: 'the mean is taken as a constant on the way back, although it depends on every input',
      remedy: 'subtract mean(g) too: dx = (g - mean(g) - x̂ mean(g x̂)) / √(var + ε)',
      formula: 'dx = (g - x̂ mean(g x̂)) / √(var + ε)',
      recipe: wrongInputs(kind, ({ g, hats, r }) => g.map((x, k) => (x - hats[k] * along(g, hats)) * r)),
    },
    'scale-not-passed-back': {
      first: 'inputs',
      description: 'the scale γ is left out on the way back',
      remedy: 'start from g = γ dz, not from dz',
      formula: 'dx = (dz - mean(dz) - x̂ mean(dz x̂)) / √(var + ε)',
      recipe: wrongInputs(kind, ({ dz, hats, r }) => dz.map((x, k) => (x - mean(dz) - hats[k] * along(dz, hats)) * r)),
    },
    'scale-gradient-from-inputs': {
      first: 'gamma',
      description: 'dγ is made of the inputs x, not of the normalized x̂',
      remedy: 'dγ = Σ dz x̂ with x̂ = (x - mean) / √(var + ε)',
      formula: 'dγ = Σ dz x',
      recipe: wrongScale(kind, ({ dz, x }, k) => dz[k] * x[k]),
    },
    'scale-gradient-without-normalized': {
      first: 'gamma',
      description: 'dγ lacks the factor x̂',
      remedy: 'dγ = Σ dz x̂, dβ = Σ dz',
      formula: 'dγ = Σ dz',
      recipe: wrongScale(kind, ({ dz }, k) => dz[k]),
    },
    'epsilon-forgotten': {
      first: 'scores',
      where: kind.several,
      description: 'ε is left out: the variance alone is under the root',
      remedy: 'divide by √(var + ε)',
      formula: 'x̂ = (x - mean) / √var',
      recipe: wrongForward(kind.groups, (values) => [mean(values), Math.sqrt(varianceOf(values)) || 1]),
    },
    'epsilon-outside-the-root': {
      first: 'scores',
      where: kind.several,
      description: 'ε is added to the root instead of the variance',
      remedy: 'divide by √(var + ε)',
      formula: 'x̂ = (x - mean) / (√var + ε)',
      recipe: wrongForward(kind.groups, (values, epsilon) => [mean(values), Math.sqrt(varianceOf(values)) + epsilon]),
    },
    'unbiased-variance': {
      first: 'scores',
      where: kind.several,
      description: 'the variance divides by n - 1',
      remedy: 'var = (1/n) Σ (x - mean)²: divide by n',
      formula: 'var = 1/(n - 1) Σ (x - mean)²',
      recipe: wrongForward(kind.groups, (values, epsilon) => {
        const unbiased = values.length > 1 ? (varianceOf(values) * values.length) / (values.length - 1) : 0;
        return [mean(values), Math.sqrt(unbiased + epsilon)];
      }),
    },
  } as const satisfies Record<string, LayerFault>;
}

/** The name of one of them. */
export type NormalizationFaultId = keyof ReturnType<typeof normalizationFaults> | 'normalized-over-the-batch';
