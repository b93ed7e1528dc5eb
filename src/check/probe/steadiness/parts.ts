// The values of a call that may be kept for a later one, and where they then show.
import { layersOf } from '../../../network/spec.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { zeros } from '../../../numeric/matrix.ts';
import { listed } from '../../../text.ts';
import type { Matrix } from '../../../numeric/matrix.ts';
import { BACKWARD } from '../../../ops/backward-rules.ts';
import { weightMatrix } from '../pass/pass.ts';
import type { Changes } from '../pass/pass.ts';
import { entries, firstRows } from '../pass/rows.ts';
import type { Asked, Call } from './history.ts';

/** Something that may be kept: how it shows in a call, given the one that it is from. */
export interface Part {
  /** A value: dW1, dz1, z1, loss. */
  readonly place: string;
  /** @param source "the call before" */
  readonly text: (source: string) => string;
  /** The formula in use; null if the sentence says it all. */
  readonly used: string | null;
  /** How many values are kept. */
  readonly values: number;
  /** Whether it has a row per example: then it does not suit batches of every size. */
  readonly hasRows: boolean;
  readonly changes: (own: Asked, kept: Call) => Changes | null;
}

/** The source that may be a number that somebody wrote down. */
export const FIRST = 'the very first call';

/** z and a of a layer. */
type At = Parameters<NonNullable<Changes['slope']>>[1];

const rows = (kept: Matrix, own: Matrix): Matrix => firstRows(kept, own) ?? own;
const input = (l: number): string => (l === 0 ? 'x' : `a${l}`);
const names = (of: readonly number[], name: string): string => of.map((l) => `${name}${l + 1}`).join(' and ');
const highest = (of: readonly number[]): number => of[of.length - 1] + 1;

/** Each of these layers, and all together. */
function some(of: readonly number[]): (readonly number[])[] {
  return [...of.map((l) => [l]), ...(of.length > 1 ? [of] : [])];
}

export function partsOf(network: NetworkSpec): Part[] {
  const layers = network.layers.map((_, l) => l);
  const hidden = layers.slice(0, -1);
  return [...ofBackward(layers, hidden), ...ofForward(network, hidden), ...ofParameters(layers)];
}

/** A value with a row per example. */
function withRows(
  head: Pick<Part, 'place' | 'text'> & Partial<Part>,
  changes: (own: Asked, kept: Call) => Changes,
): Part {
  const isEnough = (own: Asked, kept: Call): boolean => kept.batch.inputs.rows >= own.batch.inputs.rows;
  return {
    used: null,
    values: 1,
    hasRows: true,
    ...head,
    changes: (own, kept) => (isEnough(own, kept) ? changes(own, kept) : null),
  };
}

const slopeOf = ({ right }: Call, l: number, at: At): At => ({ z: rows(right.z[l], at.z), a: rows(right.a[l], at.a) });

/** Kept values that are used on the way back. */
function ofBackward(layers: readonly number[], hidden: readonly number[]): Part[] {
  const slopes =
    (of: readonly number[], also: readonly number[]) =>
    (_: Asked, kept: Call): Changes => ({
      slope: (l, at) => (of.includes(l) ? slopeOf(kept, l, at) : at),
      factor: (l, x) => (also.includes(l) ? rows(kept.right.x[l], x) : x),
    });
  const last = layers.length - 1;
  return [
    ...some(layers).map((of) =>
      withRows(
        {
          place: `dW${highest(of)}`,
          text: (source) => `${names(of, 'dW')}: ${of.map(input).join(' and ')} of ${source}, with dz of this one.`,
          used: of.length > 1 ? null : `dW${of[0] + 1} = (${input(of[0])} of an earlier call)ᵀ dz${of[0] + 1}`,
          values: of.length,
        },
        (_, { right }) => ({ factor: (l, x) => (of.includes(l) ? rows(right.x[l], x) : x) }),
      ),
    ),
    ...some(hidden).map((of) =>
      withRows(
        {
          place: `dz${highest(of)}`,
          text: (source) => `The derivative in ${names(of, 'dz')} is that of ${source}: its z and a are used.`,
          values: of.length,
        },
        slopes(of, []),
      ),
    ),
    ...some(hidden).map((of) => {
      const text = (source: string): string => `The backward pass uses ${names(of, 'a')} of ${source}.`;
      const above = of.map((l) => l + 1);
      return withRows({ place: `dW${highest(of) + 1}`, text, values: 2 * of.length }, slopes(of, above));
    }),
    ...(last === 0
      ? []
      : [
          withRows(
            {
              place: `dW${last + 1}`,
              text: (source) => `The backward pass uses the inputs and activations of ${source}.`,
              values: 2 * (last + 1),
            },
            slopes(hidden, layers),
          ),
        ]),
    ...some(layers).map((of) =>
      withRows(
        {
          place: `dz${highest(of)}`,
          text: (source) =>
            `${names(of, 'dz')} ${of.length > 1 ? 'are those' : 'is that'} of ${source}; what is multiplied by ${of.length > 1 ? 'them' : 'it'} is right.`,
          values: of.length,
        },
        (_, { right }) => ({ dz: (l, dz) => (of.includes(l) ? rows(right.dz[l], dz) : dz) }),
      ),
    ),
    withRows(
      {
        place: `dz${last + 1}`,
        text: (source) => `dz${last + 1} is computed from the outputs of ${source}.`,
        used: `dz${last + 1} with a${last + 1} of an earlier call`,
      },
      (_, { right }) => ({ outcome: ({ z, a }) => ({ z: rows(right.z[last], z), a: rows(right.a[last], a) }) }),
    ),
    {
      place: `dz${last + 1}`,
      text: (source) =>
        `The sum over the examples is divided by B of ${source}${source === FIRST ? ', or by that number in every call' : ''}.`,
      used: 'each gradient = 1/(B of an earlier call) Σ_b (that of example b)',
      values: 1,
      hasRows: false,
      changes: (own, kept) => {
        const factor = own.batch.inputs.rows / kept.batch.inputs.rows;
        return { dz: (l, dz) => (l === last ? entries(dz, (value) => factor * value) : dz) };
      },
    },
  ];
}

/** Kept values that are used on the way forward. */
function ofForward(network: NetworkSpec, hidden: readonly number[]): Part[] {
  const all = layersOf(network);
  const isPiecewise = (l: number): boolean => /^(leaky-)?relu\b/.test(all[l].activation);
  /** f'(z) of that call, where f is a line on either side of 0: what z is multiplied by. */
  const maskOf = ({ right }: Call, l: number): Matrix => {
    const mask = zeros('f64', right.z[l].rows, right.z[l].cols);
    const ones = entries(mask, () => 1);
    BACKWARD.activation(l, all[l].activation, mask, ones, right.z[l], right.a[l]);
    return mask;
  };
  const masked = (of: readonly number[], alsoBack: boolean): Part =>
    withRows(
      {
        place: names(of, 'a'),
        text: (source) =>
          `Which units of ${names(of, 'a')} are on is taken from ${source}${alsoBack ? ', in both passes' : '; the backward pass is right'}: a = z ⊙ (z of that call > 0).`,
        used: `${names([of[of.length - 1]], 'a')} = z ⊙ (z of an earlier call > 0)`,
        values: alsoBack ? of.length : 2 * of.length,
      },
      (_, kept) => ({
        activations: (l, a, z) => {
          if (!of.includes(l)) return a;
          const mask = rows(maskOf(kept, l), z);
          return entries(z, (value, i) => value * mask.data[i]);
        },
        slope: (l, at) => (alsoBack && of.includes(l) ? slopeOf(kept, l, at) : at),
      }),
    );
  const enter = (of: readonly number[], alsoSlope: boolean): Part =>
    withRows(
      {
        place: `z${highest(of) + 1}`,
        text: (source) =>
          `${names(of, 'a')} ${of.length > 1 ? 'are those' : 'is that'} of ${source}${alsoSlope ? ', in both passes' : '; but not in the derivative'}.`,
        values: alsoSlope ? of.length : 2 * of.length,
      },
      (_, kept) => ({
        enters: (l, x) => (of.includes(l - 1) ? rows(kept.right.x[l], x) : x),
        slope: (l, at) => (alsoSlope && of.includes(l) ? { ...at, a: slopeOf(kept, l, at).a } : at),
      }),
    );
  const both = [true, false];
  return [
    {
      place: 'loss',
      text: (source) => `The targets are those of ${source}.`,
      used: null,
      values: 1,
      hasRows: true,
      changes: (own, kept) =>
        kept.kind === 'predict' || kept.batch.targets.rows < own.batch.targets.rows
          ? null
          : { targets: (t) => rows(kept.batch.targets, t) },
    },
    withRows({ place: 'z1', text: (source) => `The inputs are those of ${source}.` }, (_, kept) => ({
      enters: (l, x) => (l === 0 ? rows(kept.batch.inputs, x) : x),
    })),
    withRows(
      { place: 'z1', text: (source) => `The forward pass is that of ${source}: its outputs and activations are used.` },
      (_, kept) => ({
        parameters: kept.parameters,
        enters: (l, x) => (l === 0 ? rows(kept.batch.inputs, x) : x),
      }),
    ),
    ...both.flatMap((alsoSlope) => some(hidden).map((of) => enter(of, alsoSlope))),
    ...both.flatMap((alsoBack) => some(hidden.filter(isPiecewise)).map((of) => masked(of, alsoBack))),
  ];
}

/** Parameters of another call. */
function ofParameters(layers: readonly number[]): Part[] {
  const kept = (place: string, text: Part['text'], changes: Part['changes'], values = 1): Part => ({
    place,
    text,
    used: null,
    values,
    hasRows: false,
    changes,
  });
  const mixed = (own: Asked, { parameters }: Call, of: readonly number[], role?: string): Changes => ({
    parameters: own.parameters.map((tensor, n) =>
      of.includes(tensor.layer - 1) && tensor.role === (role ?? tensor.role) ? parameters[n] : tensor,
    ),
  });
  /** Zeros of an earlier call are no more than nothing: biases that are left out. */
  const isZero = ({ parameters }: Call, of: readonly number[], role: string): boolean =>
    role === 'bias' &&
    parameters.every((one) => one.role !== role || !of.includes(one.layer - 1) || one.values.every((x) => x === 0));
  const back = ({ parameters }: Call, of: readonly number[]): Changes => ({
    back: (l, W) => (of.includes(l) ? weightMatrix(parameters, l) : W),
  });
  const sets = some(layers);
  return [
    kept(
      'z1',
      (source) => `The parameters are those of ${source}.`,
      (_, call) => ({ parameters: call.parameters, ...back(call, layers) }),
    ),
    ...sets.map((of) =>
      kept(
        `z${highest(of)}`,
        (source) =>
          of.length === layers.length
            ? `The forward pass uses the parameters of ${source}.`
            : `The forward pass of layer ${of[0] + 1} uses the parameters of ${source}.`,
        (own, call) => mixed(own, call, of),
        2 * of.length,
      ),
    ),
    ...sets.flatMap((of) =>
      [
        { role: 'weights', symbol: 'W' },
        { role: 'bias', symbol: 'b' },
      ].map(({ role, symbol }) =>
        kept(
          `z${highest(of)}`,
          (source) => `The forward pass uses ${names(of, symbol)} of ${source}.`,
          (own, call) => (isZero(call, of, role) ? null : mixed(own, call, of, role)),
          of.length,
        ),
      ),
    ),
    ...sets
      .filter((of) => highest(of) > 1)
      .map((of) =>
        kept(
          `z${highest(of)}`,
          (source) => `Both passes use ${names(of, 'W')} of ${source}.`,
          (own, call) => ({ ...mixed(own, call, of, 'weights'), ...back(call, of) }),
          of.length,
        ),
      ),
    ...some(layers.slice(1)).map((of): Part => ({
      ...kept(
        `dz${of[of.length - 1]}`,
        (source) =>
          `What goes back to layer${of.length > 1 ? 's' : ''} ${listed(of.map(String))} is multiplied by the W of ${source}.`,
        (_, call) => back(call, of),
      ),
      used: `dz${highest(of) - 1} with the W${highest(of)} of an earlier call`,
    })),
  ];
}
