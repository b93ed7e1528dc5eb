// What an engine may keep from one call to the next, and what it would answer then.
import type { NetworkSpec } from '../../../network/spec.ts';
import type { Matrix } from '../../../numeric/matrix.ts';
import { passes, weightMatrix } from '../pass/pass.ts';
import type { Changes, Values } from '../pass/pass.ts';
import { firstRows } from '../pass/rows.ts';
import type { Answered, Asked, Call } from './history.ts';

/** A call whose values are used in place of the own ones. */
interface Source {
  /** "the call before" */
  readonly text: string;
  /** null: it is not known which. */
  readonly of: (answered: Answered) => Call | null;
}

/** Something that is kept, and where it shows. */
export interface Memory {
  /** A value: dW1, dz1, z1, loss. */
  readonly place: string;
  /** A sentence. */
  readonly text: string;
  /** The formula in use; null if the sentence says it all. */
  readonly used: string | null;
  /** What is kept, by number, and from where; the fewer kept values, the simpler. */
  readonly part: number;
  readonly source: string;
  readonly values: number;
  /** The answer to be expected; null if it is not known. */
  readonly answer: (answered: Answered) => Values | null;
}

const SOURCES: readonly Source[] = [
  { text: 'the call before', of: ({ before }) => before.at(-1) ?? null },
  { text: 'the gradients asked for before', of: ({ before }) => lastOf(before, 'gradients') },
  { text: 'the last predict', of: ({ before }) => lastOf(before, 'predict') },
  {
    text: 'the first call with a batch of that size',
    of: ({ asked, before }) => before.find(({ batch }) => batch.inputs.rows === asked.batch.inputs.rows) ?? asked,
  },
  {
    text: 'the first call with the same batch',
    of: ({ asked, before }) => before.find(({ batch }) => batch === asked.batch) ?? asked,
  },
  { text: 'the very first call', of: ({ first }) => first },
];

function lastOf(before: readonly Call[], wanted: Call['kind']): Call | null {
  return before.filter(({ kind }) => kind === wanted).at(-1) ?? null;
}

/** A part of a call that may be kept: how it shows, given what is kept. */
interface Part {
  readonly place: string;
  readonly text: (source: string) => string;
  readonly used: string | null;
  /** How many values are kept; default 1. */
  readonly values?: number;
  readonly changes: (own: Asked, kept: Call) => Changes | null;
}

export function memoriesOf(network: NetworkSpec): Memory[] {
  const parts = partsOf(network.layers.length);
  return SOURCES.flatMap(({ text, of }) =>
    parts.map((part, n) => ({
      part: n,
      source: text,
      values: part.values ?? 1,
      place: part.place,
      text: part.text(text),
      used: part.used,
      answer: (answered: Answered) => {
        const { asked } = answered;
        const kept = of(answered);
        if (kept === null || kept === asked) return kept && asked.right.values;
        const changes = part.changes(asked, kept);
        return changes && passes(network, asked.parameters, asked.batch, changes).values;
      },
    })),
  );
}

function partsOf(count: number): Part[] {
  const layers = Array.from({ length: count }, (_, l) => l);
  const hidden = layers.slice(0, -1);
  const fits = (kept: Matrix, own: Matrix): boolean => kept.rows >= own.rows;
  const rows = (kept: Matrix, own: Matrix): Matrix => firstRows(kept, own) ?? own;
  const ifRows = (changes: (own: Asked, kept: Call) => Changes): Part['changes'] => {
    return (own, kept) => (fits(kept.batch.inputs, own.batch.inputs) ? changes(own, kept) : null);
  };
  const factors = (of: readonly number[]): Part['changes'] =>
    ifRows((_, { right }) => ({ factor: (l, x) => (of.includes(l) ? rows(right.x[l], x) : x) }));
  const slopes = (of: readonly number[], also: readonly number[]): Part['changes'] =>
    ifRows((_, { right }) => ({
      slope: (l, at) => (of.includes(l) ? { z: rows(right.z[l], at.z), a: rows(right.a[l], at.a) } : at),
      factor: (l, x) => (also.includes(l) ? rows(right.x[l], x) : x),
    }));
  const input = (l: number): string => (l === 0 ? 'x' : `a${l}`);
  const inputs = (of: readonly number[]): string => of.map((l) => input(l)).join(' and ');
  const some = (of: readonly number[]): (readonly number[])[] => [
    ...of.map((l) => [l]),
    ...(of.length > 1 ? [of] : []),
  ];
  const names = (of: readonly number[], name: string): string => of.map((l) => `${name}${l + 1}`).join(' and ');
  return [
    ...some(layers).map((of) => ({
      place: `dW${of[of.length - 1] + 1}`,
      text: (source: string) => `${names(of, 'dW')}: ${inputs(of)} of ${source}, with dz of this one.`,
      used: of.length > 1 ? null : `dW${of[0] + 1} = (${input(of[0])} of an earlier call)ᵀ dz${of[0] + 1}`,
      values: of.length,
      changes: factors(of),
    })),
    ...some(hidden).map((of) => ({
      place: `dz${of[of.length - 1] + 1}`,
      text: (source: string) => `The derivative in ${names(of, 'dz')} is that of ${source}: its z and a are used.`,
      used: null,
      values: of.length,
      changes: slopes(of, []),
    })),
    ...some(hidden).map((of) => ({
      place: `dW${of[of.length - 1] + 2}`,
      text: (source: string) => `The backward pass uses ${names(of, 'a')} of ${source}.`,
      used: null,
      values: 2 * of.length,
      changes: slopes(
        of,
        of.map((l) => l + 1),
      ),
    })),
    ...(count < 2
      ? []
      : [
          {
            place: `dW${count}`,
            text: (source: string) => `The backward pass uses the inputs and activations of ${source}.`,
            used: null,
            values: 2 * count,
            changes: slopes(hidden, layers),
          },
        ]),
    {
      place: `dz${count}`,
      text: (source) => `dz${count} is that of ${source}; what it is multiplied by is right.`,
      used: null,
      changes: ifRows((_, { right }) => ({ dz: (l, dz) => (l === count - 1 ? rows(right.dz[l], dz) : dz) })),
    },
    {
      place: 'loss',
      text: (source) => `The targets are those of ${source}.`,
      used: null,
      changes: (own, kept) =>
        kept.kind === 'predict' || !fits(kept.batch.targets, own.batch.targets)
          ? null
          : { targets: (t) => rows(kept.batch.targets, t) },
    },
    {
      place: 'z1',
      text: (source) => `The inputs are those of ${source}.`,
      used: null,
      changes: ifRows((_, kept) => ({ enters: (l, x) => (l === 0 ? rows(kept.batch.inputs, x) : x) })),
    },
    {
      place: 'z1',
      text: (source) => `The forward pass is that of ${source}: its outputs and activations are used.`,
      used: null,
      changes: ifRows((_, kept) => ({
        parameters: kept.parameters,
        enters: (l, x) => (l === 0 ? rows(kept.batch.inputs, x) : x),
      })),
    },
    {
      place: 'z1',
      text: (source) => `The parameters are those of ${source}.`,
      used: null,
      changes: (_, { parameters }) => ({ parameters, back: (l) => weightMatrix(parameters, l) }),
    },
    ...layers.map((l): Part => ({
      place: `z${l + 1}`,
      text: (source) => `The forward pass of layer ${l + 1} uses the parameters of ${source}.`,
      used: null,
      changes: (own, { parameters }) => ({
        parameters: own.parameters.map((tensor, n) => (tensor.layer === l + 1 ? parameters[n] : tensor)),
      }),
    })),
    {
      place: 'z1',
      text: (source) => `The forward pass uses the parameters of ${source}.`,
      used: null,
      changes: (_, { parameters }) => ({ parameters }),
    },
    ...some(layers.slice(1)).map((of): Part => ({
      place: `dz${of[of.length - 1]}`,
      text: (source) => `What goes back to layer ${of.join(' and ')} is multiplied by the W of ${source}.`,
      used: `dz${of[of.length - 1]} with W${of[of.length - 1] + 1} of an earlier call`,
      changes: (_, { parameters }) => ({ back: (l, W) => (of.includes(l) ? weightMatrix(parameters, l) : W) }),
    })),
  ];
}
