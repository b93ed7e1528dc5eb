// The schema of the JSON document: the fields that other programs may rely on. Every document is
// checked against it before it is written.
import * as z from 'zod';
import { FILLED_IN } from '../../candidates/engine.ts';
import { MEANINGS } from '../../network/meaning.ts';
import { networkSchema } from '../../network/schema.ts';
import { OPTIMIZERS } from '../../ops/optimizers/optimizer.ts';
import { SCHEMA_VERSION } from '../report.ts';
import { number, sides, measure, verdict, injection, gradientCheck, updateCheck, lockstep, freeRun } from './checks.ts';

const engine = z.strictObject({
  engine: z.string(),
  label: z.string(),
  backend: z.string().nullable(),
  dtype: z.enum(['f32', 'f64']),
  versions: z.record(z.string(), z.string()),
  device: z.record(z.string(), z.string()).optional(), // not in reports of earlier versions
  conventions: z.record(z.string(), z.string()).optional(),
  filledIn: z.array(z.enum(FILLED_IN)).optional(),
  gradientsFrom: z.literal('updates').optional(),
  dtypeFrom: z.literal('answers').optional(),
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
    weightDecay: z.number().optional(),
    clipNorm: z.number().optional(),
    clipValue: z.number().optional(),
    schedule: z.string().optional(),
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
  losses: measure.nullable(),
  parameters: z.array(measure),
  differs: z.strictObject({ mistake: z.string(), reason: z.string() }).nullable(),
  explained: z.array(injection),
});

const meaning = z.strictObject({
  gradients: z.enum(MEANINGS.gradients),
  loss: z.enum(MEANINGS.loss),
  squaredError: z.enum(MEANINGS.squaredError),
});

const caseCheck = z.strictObject({
  verdict,
  name: z.string(),
  note: z.string().nullable(),
  network: networkSchema.nullable().default(null), // not in reports of earlier versions
  gradientCheck,
  updateCheck: updateCheck.nullable(),
  expected: z
    .strictObject({
      verdict,
      source: z.string(),
      decimals: z.int().nullable().default(null), // not in reports of earlier versions, nor is looksLike
      loss: measure.nullable(),
      parameters: z.array(measure),
      training: expectedTraining.nullable(),
      looksLike: z.array(z.strictObject({ conventions: meaning, decimals: z.int().nullable() })).default([]),
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
    { error: 'expected rows · cols bytes per picture' },
  );

/** The document that `--json` prints and results/*.json holds. */
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
