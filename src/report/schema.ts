// The JSON document, field by field: what other programs may rely on. A document is checked against it before it is written.
import { z } from 'zod';
import { FAULT_IDS } from '../check/faults/registry.ts';
import { QUESTIONS } from '../check/protocol.ts';
import { networkSchema } from '../network/schema.ts';
import { OPTIMIZERS } from '../optimizers/optimizer.ts';
import { SCHEMA_VERSION } from './report.ts';

/** JSON has no NaN and no infinity: they are written as these words. */
const number = z.union([z.number(), z.literal(['NaN', 'Infinity', '-Infinity'])]); // an enum would be declared with a key [-Infinity], which is no type
const left = z.enum(['candidate', 'reference', 'both']);
const sides = <T extends z.ZodType>(of: T) => z.strictObject({ candidate: of, reference: of });

const entry = z.strictObject({
  index: z.array(z.int()),
  candidate: number,
  reference: number,
  oracle: number,
  bound: number,
  usedOfBound: number,
});

const measure = z.strictObject({
  parameter: z.string(),
  shape: z.array(z.int()),
  entries: z.int(),
  identical: z.boolean(),
  relativeDifference: number,
  ...entry.shape,
  left: left.nullable(),
  step: z.int().nullable(),
  update: z.int().optional(),
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

const finding = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('answer'), check: z.string(), engine: z.enum(['candidate', 'reference']), flaw }),
  z.strictObject({ kind: z.literal('oracle'), ...slope }),
  z.strictObject({ kind: z.literal('taylor'), order: number }),
  z.strictObject({ kind: z.literal('graph'), measure }),
  z.strictObject({
    kind: z.literal('beyond-bound'),
    check: z.enum(['gradient-check', 'update-check', 'lockstep', 'free-run', 'expected']),
    what: z.enum(['loss', 'outputs', 'gradient', 'again', 'update', 'train-step']),
    measure,
    question: question.optional(),
  }),
  z.strictObject({ kind: z.literal('non-finite'), check: z.string(), engine: left, step: z.int(), loss: number }),
  z.strictObject({ kind: z.literal('trajectory'), engine: left, step: z.int(), gap: number, allowed: number }),
]);

const verdict = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('identical') }),
  z.strictObject({ kind: z.literal('agree'), usedOfBound: number }),
  z.strictObject({ kind: z.literal('disagree'), findings: z.array(finding).min(1) }),
  z.strictObject({ kind: z.literal('inconclusive'), reason: z.enum(['interrupted', 'not-run']) }),
]);

const kink = z.strictObject({ layer: z.int(), example: z.int(), unit: z.int() });

const mistake = z.strictObject({
  fault: z.enum(FAULT_IDS),
  layer: z.union([z.int(), z.literal('every')]).nullable(),
  description: z.string(),
  remedy: z.string(),
});

const diagnosis = z.strictObject({ engine: z.enum(['candidate', 'reference']), mistakes: z.array(mistake) }).nullable();

const place = z.strictObject({
  name: z.string(),
  index: z.array(z.int()),
  found: number,
  other: number.nullable(),
  exact: number,
  bound: number,
  usedOfBound: number,
});

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
      error: 'as many numbers of candidate, reference and oracle as positions expected',
    },
  );

const counts = { entries: z.int(), decided: z.int() };
const gradientCheck = z.strictObject({
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
  scatter: z.array(scatter),
});

const updateCheck = z.strictObject({
  verdict,
  updates: z.array(measure),
  trainSteps: z.array(measure),
  diagnosis,
});

const lockstep = z.strictObject({
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

const parting = { engine: left, partedAt: z.int(), step: z.int() };

const confusion = z
  .array(z.array(z.int()))
  .refine((rows) => rows.every((row) => row.length === rows.length), { error: 'as many columns as rows expected' });

const freeRun = z.strictObject({
  verdict,
  loss: sides(z.array(number)),
  exact: z.strictObject({ loss: z.array(number), allowed: sides(z.array(number)) }).nullable(),
  finalLoss: sides(number),
  accuracy: sides(z.number().min(0).max(1).nullable()),
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

const engine = z.strictObject({
  engine: z.string(),
  label: z.string(),
  backend: z.string().nullable(),
  dtype: z.enum(['f32', 'f64']),
  versions: z.record(z.string(), z.string()),
  conventions: z.record(z.string(), z.string()).optional(),
  filledIn: z.array(z.enum(['applyGradients', 'predict'])).optional(),
});

const settings = z.strictObject({
  dataset: z.string(),
  trainSize: z.int(),
  testSize: z.int(),
  scale: z.string(),
  network: networkSchema,
  initializer: z.string(),
  optimizer: z.strictObject({
    id: z.enum(OPTIMIZERS),
    learningRate: z.number(),
    momentum: z.number(),
    decay: z.number(),
    beta1: z.number(),
    beta2: z.number(),
    epsilon: z.number(),
  }),
  batchSize: z.int(),
  epochs: z.int(),
  steps: z.int(),
  seed: z.int(),
  fault: z.string().nullable(),
});

const baseline = z.strictObject({
  file: z.string(),
  regressed: z.boolean(),
  figures: z.array(
    z.strictObject({
      figure: z.enum(['accuracy', 'finalLoss']),
      side: z.enum(['candidate', 'reference']),
      value: number.nullable(),
      baseline: z.number(),
      limit: z.number(),
      regressed: z.boolean(),
    }),
  ),
});

const environment = z.strictObject({
  backproof: z.string(),
  node: z.string(),
  platform: z.string(),
  cpu: z.string(),
  cores: z.int(),
});

const timing = z.strictObject({
  startedAt: z.iso.datetime(),
  peakResidentMiB: z.number(),
  totalMilliseconds: z.number().optional(),
  trainMilliseconds: sides(z.number()).optional(),
  samplesPerSecond: sides(z.number()).optional(),
});

const head = {
  schemaVersion: z.literal(SCHEMA_VERSION),
  command: z.string(),
  verdict,
  candidate: engine,
  reference: engine,
  environment,
  timing,
};

const expectedTraining = z.strictObject({
  steps: z.int(),
  losses: measure,
  parameters: z.array(measure),
  differs: z.strictObject({ mistake: z.string(), reason: z.string() }).nullable(),
  explained: z.array(mistake),
});

const caseCheck = z.strictObject({
  verdict,
  name: z.string(),
  note: z.string().nullable(),
  gradientCheck,
  updateCheck: updateCheck.nullable(),
  expected: z
    .strictObject({
      verdict,
      source: z.string(),
      loss: measure,
      parameters: z.array(measure),
      training: expectedTraining.nullable(),
    })
    .nullable(),
});

/** Bytes as base64. */
const bytes = z.base64();

const pictures = z
  .strictObject({
    rows: z.int().positive(),
    cols: z.int().positive(),
    weights: z.strictObject({
      units: z.int(),
      shown: z.int(),
      scale: number,
      differenceScale: number,
      notFinite: sides(z.int()),
      candidate: bytes,
      reference: bytes,
      difference: bytes,
    }),
    digits: z
      .strictObject({
        wrong: sides(z.int()),
        differing: z.int(),
        shown: z.array(
          z.strictObject({ index: z.int(), label: z.int(), candidate: z.int(), reference: z.int(), pixels: bytes }),
        ),
      })
      .nullable(),
  })
  .refine(
    ({ rows, cols, weights: w, digits }) => {
      const long = (base64: string, count: number): boolean =>
        base64.length === 4 * Math.ceil((count * rows * cols) / 3);
      const layers = [w.candidate, w.reference, w.difference].every((base64) => long(base64, w.shown));
      return layers && (digits?.shown ?? []).every(({ pixels }) => long(pixels, 1));
    },
    { error: 'rows · cols bytes a picture expected' },
  );

/** What `--json` prints and what stands in results/*.json. */
export const reportSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...head,
    kind: z.literal('compare'),
    settings,
    gradientCheck,
    lockstep,
    freeRun,
    pictures: pictures.nullable(),
    baseline: baseline.nullable(),
    interrupted: z.boolean(),
  }),
  z.strictObject({
    ...head,
    kind: z.literal('gradcheck'),
    settings: settings.nullable(),
    gradientCheck: gradientCheck.nullable(),
    updateCheck: updateCheck.nullable(),
    cases: z.array(caseCheck),
  }),
]);
