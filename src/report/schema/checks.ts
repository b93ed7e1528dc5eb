// The schema of the part of the JSON document that the checks fill.
import * as z from 'zod';
import { FAULT_IDS } from '../../faults/registry.ts';
import { TOLD_KINDS } from '../../check/probe/told.ts';
import { QUESTIONS } from '../../check/verdict.ts';

/**
 * JSON has no NaN or infinity: they are written as these words. Not an enum: its declaration would
 * have the key [-Infinity], which is not a type.
 */
export const number = z.union([z.number(), z.literal(['NaN', 'Infinity', '-Infinity'])]);
const left = z.enum(['candidate', 'reference', 'both']);
export const sides = <T extends z.ZodType>(of: T) => z.strictObject({ candidate: of, reference: of });

const entry = z.strictObject({
  index: z.array(z.int()),
  candidate: number,
  reference: number,
  oracle: number,
  bound: number,
  usedOfBound: number,
});

export const measure = z.strictObject({
  parameter: z.string(),
  shape: z.array(z.int()),
  entries: z.int(),
  identical: z.boolean(),
  relativeDifference: number,
  ...entry.shape,
  left: left.nullable(),
  outOfRange: z.strictObject({ name: z.string(), size: number }).optional(),
  step: z.int().nullable(),
  update: z.int().optional(),
  besideStoring: z.strictObject({ used: number, index: z.array(z.int()) }).optional(),
});

const question = z.enum(QUESTIONS);
const slope = {
  parameter: z.string(),
  entries: z.int(),
  index: z.array(z.int()),
  derived: number,
  measured: number,
  error: number,
  relativeDifference: number,
  sweep: z.array(z.strictObject({ step: z.number(), slope: number })),
};

const entryPlace = { parameter: z.string(), index: z.array(z.int()) };
const unsteady = z.strictObject({ kind: z.literal('unsteady'), ...entryPlace, first: number, second: number });
const flaw = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('missing'), parameter: z.string(), shape: z.array(z.int()) }),
  z.strictObject({
    kind: z.literal('shape'),
    parameter: z.string(),
    expected: z.array(z.int()),
    found: z.array(z.int()).nullable(),
  }),
  unsteady,
  z.strictObject({ kind: z.literal('changed'), ...entryPlace, before: number, after: number.nullable() }),
]);

const check = z.enum(['gradient-check', 'update-check', 'lockstep', 'free-run', 'expected']);

const finding = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('answer'), check, engine: z.enum(['candidate', 'reference']), flaw }),
  z.strictObject({ kind: z.literal('oracle'), ...slope }),
  z.strictObject({ kind: z.literal('taylor'), order: number }),
  z.strictObject({ kind: z.literal('graph'), measure }),
  z.strictObject({
    kind: z.literal('beyond-bound'),
    check,
    what: z.enum(['loss', 'outputs', 'gradient', 'again', 'update', 'train-step']),
    measure,
    question: question.optional(),
  }),
  z.strictObject({ kind: z.literal('non-finite'), check, engine: left, step: z.int(), loss: number }),
  z.strictObject({ kind: z.literal('trajectory'), engine: left, step: z.int(), gap: number, allowed: number }),
]);

export const verdict = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('identical') }),
  z.strictObject({ kind: z.literal('agree'), usedOfBound: number }),
  z.strictObject({ kind: z.literal('disagree'), findings: z.array(finding).min(1) }),
  z.discriminatedUnion('reason', [
    z.strictObject({ kind: z.literal('inconclusive'), reason: z.enum(['interrupted', 'not-run']) }),
    z.strictObject({
      kind: z.literal('inconclusive'),
      reason: z.literal('out-of-range'),
      name: z.string(),
      size: number,
      step: z.int().nullable(),
    }),
  ]),
]);

const kink = z.strictObject({ layer: z.int(), example: z.int(), unit: z.int() });

export const injection = z.strictObject({
  fault: z.enum(FAULT_IDS),
  layer: z.union([z.int(), z.literal('every')]).nullable(),
  description: z.string(),
  remedy: z.string(),
  formula: z.string().optional(),
});

const probed = z.strictObject({
  asked: z.int(),
  told: z.array(
    z.strictObject({
      kind: z.enum(TOLD_KINDS),
      place: z.string(),
      text: z.string(),
      used: z.string().nullable(),
      right: z.string().nullable(),
      fix: z.string().nullable(),
    }),
  ),
});

const diagnosis = z
  .strictObject({
    engine: z.enum(['candidate', 'reference']),
    mistakes: z.array(injection),
    pairs: z.array(z.tuple([injection, injection])).optional(),
    declared: z
      .strictObject({ conventions: z.record(z.string(), z.string()), mistakes: z.array(injection) })
      .optional(),
    probed: probed.optional(),
  })
  .nullable();

const entryMap = {
  shape: z.array(z.int()),
  rows: z.int().positive(),
  cols: z.int().positive(),
  rowsPerCell: z.int().positive(),
  colsPerCell: z.int().positive(),
  wrong: z.int(),
  most: z.number().min(1),
  bytes: z.base64(),
};
const wholeMap = (map: { rows: number; cols: number; bytes: string }): boolean =>
  map.bytes.length === 4 * Math.ceil((map.rows * map.cols) / 3);
const WHOLE = { error: 'rows · cols bytes expected' };

const place = z.strictObject({
  name: z.string(),
  index: z.array(z.int()),
  found: number,
  other: number.nullable(),
  exact: number,
  bound: number,
  usedOfBound: number,
  map: z.strictObject(entryMap).refine(wholeMap, WHOLE).optional(),
});

const patterns = z
  .strictObject({
    engine: z.enum(['candidate', 'reference']),
    batchSize: z.int(),
    tensors: z.array(
      z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('zero'), parameter: z.string() }),
        z.strictObject({ kind: z.literal('factor'), parameter: z.string(), factor: number, error: number }),
      ]),
    ),
  })
  .nullable();

const cell = z.strictObject({
  step: z.int(),
  what: z.enum(['gradient', 'update', 'train-step']),
  parameter: z.string(),
  usedOfBound: number,
  left: left.nullable(),
  worst: z.array(entry),
});

const scatter = z
  .strictObject({
    parameter: z.string(),
    shape: z.array(z.int()),
    at: z.array(z.int()),
    candidate: z.array(number),
    reference: z.array(number),
    oracle: z.array(number),
  })
  .refine(
    ({ at, ...columns }) => [columns.candidate, columns.reference, columns.oracle].every((c) => c.length === at.length),
    {
      error: 'expected one number of candidate, reference and oracle per position',
    },
  );

const counts = { entries: z.int(), decided: z.int() };
export const gradientCheck = z.strictObject({
  verdict,
  batchSize: z.int(),
  entries: z.int(),
  loss: measure,
  outputs: measure,
  parameters: z.array(measure),
  again: z.array(measure),
  questions: z.array(z.strictObject({ question, batchSize: z.int(), measures: z.array(measure) })),
  differs: unsteady.nullable(),
  firstWrongQuestion: question.nullable(),
  firstWrong: sides(place.nullable()),
  patterns: patterns.default(null), // not in reports of earlier versions
  oracleCheck: z
    .strictObject({
      verdict,
      centralDifferences: z.array(z.strictObject(slope)),
      slopesApart: number,
      taylorOrder: number.nullable(),
      graphApart: number.nullable(),
    })
    .nullable(),
  ownLoss: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('slope'), ...counts }),
      z.strictObject({ kind: z.literal('not-slope'), ...counts, first: z.strictObject(slope) }),
      z.strictObject({ kind: z.literal('undecided'), ...counts }),
    ])
    .nullable(),
  looksLike: z.array(z.record(z.string(), z.string())),
  diagnosis,
  kinks: z.strictObject({ count: z.int(), first: z.array(kink) }),
  allZeroExamples: z.int().nullable(),
  lossParts: z.strictObject({ data: number, penalty: number }).optional(),
  threw: z.strictObject({ message: z.string(), hint: z.string().nullable() }).optional(),
  scatter: z.array(scatter),
  maps: z
    .array(
      z
        .strictObject({ parameter: z.string(), side: z.enum(['candidate', 'reference']), ...entryMap })
        .refine(wholeMap, WHOLE),
    )
    .optional(),
});

export const updateCheck = z.strictObject({
  verdict,
  updates: z.array(measure),
  trainSteps: z.array(measure),
  diagnosis,
  training: z.int().min(1).exactOptional(),
});

export const lockstep = z.strictObject({
  verdict,
  steps: z.array(z.int()),
  loss: measure.nullable(),
  outputs: measure.nullable(),
  gradients: z.array(measure),
  trainSteps: z.array(measure),
  updates: z.array(measure),
  cells: z.array(cell),
  kinks: z.strictObject({
    count: z.int(),
    first: z.array(kink.extend({ step: z.int() })),
    steps: z.array(z.strictObject({ step: z.int(), count: z.int() })),
  }),
  firstWrong: sides(place.extend({ step: z.int() }).nullable()),
  diagnosis,
});

const drift = z.strictObject({ step: z.int(), gap: number, allowed: number, beyond: z.boolean() });

const parting = { engine: z.enum(['candidate', 'reference']), partedAt: z.int(), step: z.int() };

const confusion = z
  .array(z.array(z.int()))
  .refine((rows) => rows.every((row) => row.length === rows.length), { error: 'expected as many columns as rows' });

export const freeRun = z.strictObject({
  verdict,
  loss: sides(z.array(number)),
  exact: z.strictObject({ loss: z.array(number), allowed: sides(z.array(number)) }).nullable(),
  finalLoss: sides(number),
  accuracy: sides(z.number().min(0).max(1).nullable()),
  testLoss: sides(number.nullable()).optional(), // of regression
  testSize: z.int(),
  confusion: sides(confusion.nullable()),
  labelledDifferently: z.int().nullable(),
  allZeroExamples: sides(z.int().nullable()),
  largestGap: z.strictObject({ step: z.int(), gap: number }),
  drift: sides(drift).nullable(),
  parted: z
    .discriminatedUnion('cause', [
      kink.extend({ cause: z.literal('kink'), ...parting }),
      z.strictObject({ cause: z.literal('feedback'), parameter: z.string(), index: z.array(z.int()), ...parting }),
    ])
    .nullable(),
  outputs: sides(measure.nullable()),
});
