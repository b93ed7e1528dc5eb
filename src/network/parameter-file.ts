// Reads and writes trained parameters, with the network and scaling that they need. Format
// "backproof-parameters/1".
import * as z from 'zod';
import { DataError } from '../errors.ts';
import { checkFinite, checkShapes, tensorsOf } from './parameters.ts';
import type { Parameters } from './parameters.ts';
import { named, nestedOf, networkSchema, parametersOf, parametersSchema, parseAs, parseJson } from './schema.ts';
import { checkNetwork } from './spec.ts';
import type { NetworkSpec } from './spec.ts';

const meanAndDeviation = { mean: z.number(), deviation: z.number().positive() };

const fileSchema = z.object({
  format: z.literal('backproof-parameters/1'),
  network: networkSchema,
  /** How inputs were scaled in training: (value - mean) / deviation. */
  scaling: z.object({
    id: z.enum(['unit', 'none', 'standard', 'columns']),
    ...meanAndDeviation,
    /** Of each input alone; then the two numbers above do not count. */
    columns: z.array(z.object(meanAndDeviation)).readonly().optional(),
  }),
  dataset: z.string(),
  parameters: parametersSchema,
});

const MINUS_ZERO = '\u{2212}0'; // a minus sign that occurs in no field

/** Parameters, with the network and the scaling of inputs that they were trained for. */
export interface ParameterFile {
  readonly network: NetworkSpec;
  readonly scaling: z.infer<typeof fileSchema>['scaling'];
  readonly dataset: string;
  readonly parameters: Parameters;
}

/**
 * The text of a file in the format "backproof-parameters/1"; parseParameterFile reads the same bits
 * from it.
 */
export function formatParameterFile({ network, scaling, dataset, parameters }: ParameterFile): string {
  const layers = network.layers.map((_, l) => {
    const tensors = Object.entries(tensorsOf(parameters, l));
    return Object.fromEntries(tensors.map(([role, tensor]) => [role, nestedOf(tensor)]));
  });
  const document = { format: 'backproof-parameters/1', network, scaling, dataset, parameters: layers };
  // JSON.stringify writes -0 as 0, but JSON.parse reads -0: this keeps every bit
  const text = JSON.stringify(document, (_key, value: unknown) => (Object.is(value, -0) ? MINUS_ZERO : value));
  return `${text.replaceAll(`"${MINUS_ZERO}"`, '-0')}\n`;
}

/**
 * @throws DataError or UsageError that names the file and the field, and says what was expected
 *   and found
 */
export function parseParameterFile(text: string, file: string): ParameterFile {
  const raw = parseAs(fileSchema, parseJson(text, file), file);
  const parameters = parametersOf(raw.network, raw.parameters, 'f64', `${file}: parameters`);
  named(file, () => {
    checkNetwork(raw.network);
    checkShapes(raw.network, parameters);
    checkFinite(parameters);
    requireColumns(raw.scaling, raw.network.inputs);
  });
  return { network: raw.network, scaling: raw.scaling, dataset: raw.dataset, parameters };
}

/** @throws DataError where each input has a scaling, and their number is not that of the inputs */
function requireColumns({ id, columns }: ParameterFile['scaling'], inputs: number): void {
  const expected = id === 'columns' ? inputs : 0;
  const found = columns?.length ?? 0;
  if (found !== expected) throw new DataError(`scaling.columns: expected ${expected}, got ${found}`);
}
