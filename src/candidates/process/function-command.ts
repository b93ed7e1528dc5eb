// A function or a layer that is a program in any language. docs/check-protocol.md describes the
// protocol.
import * as z from 'zod';
import { CandidateError } from '../../errors.ts';
import { parseAs } from '../../network/schema.ts';
import type { CandidateOptions } from '../limits.ts';
import { isNumberWord, numberOf } from '../read.ts';
import { LineProgram } from './line-program.ts';

export const FUNCTION_PROTOCOL = 'backproof-function/1';

/** Numbers of a description, or of outputs before they are known: at most so many. */
const MOST_NUMBERS = 1_000_000;

const descriptionSchema = z.object({
  protocol: z.string(),
  name: z.string().min(1).optional(),
  versions: z.record(z.string(), z.string()).optional(),
  parameters: z.unknown().optional(),
  inputs: z.unknown().optional(),
  examples: z.literal('independent').optional(),
  sizes: z.record(z.string(), z.number()).optional(),
});

/** What the program says of itself; with inputs it is a layer. */
export type FunctionDescription = z.infer<typeof descriptionSchema>;

/** A program that has started and described itself. */
export interface FunctionProgram {
  readonly name: string;
  readonly description: FunctionDescription;
  /**
   * @param field the one that must be in the answer
   * @throws CandidateError
   */
  ask(request: string, body: object, field?: string): Promise<Record<string, unknown>>;
  /** Whether it can be asked again. */
  alive(): boolean;
  close(): Promise<void>;
}

/**
 * @throws CandidateError if it cannot be started, or does not speak the protocol; DataError if its
 *   description is none
 */
export async function openFunctionCommand(command: string, options: CandidateOptions = {}): Promise<FunctionProgram> {
  const program = new LineProgram(command, options);
  try {
    const answer = await program.ask({ request: 'describe', protocol: FUNCTION_PROTOCOL }, MOST_NUMBERS);
    const description = parseAs(descriptionSchema, withNumbers(answer), `${command}: its description`);
    if (description.protocol !== FUNCTION_PROTOCOL)
      throw new CandidateError(
        `${command} uses the protocol ${description.protocol}, expected ${FUNCTION_PROTOCOL}`,
        'see docs/check-protocol.md',
      );
    const { name = command } = description;
    return {
      name,
      description,
      async ask(request, body, field) {
        const found = withNumbers(await program.ask({ request, ...body }, MOST_NUMBERS)) as Record<string, unknown>;
        if (field !== undefined && (found[field] ?? null) === null)
          throw new CandidateError(`${name}: its answer to ${request} has no ${field}`, 'see docs/check-protocol.md');
        return found;
      },
      alive: () => program.alive(),
      close: () => program.close(),
    };
  } catch (error) {
    await program.close();
    throw error;
  }
}

/** JSON has no NaN and no infinity: they are words. */
function withNumbers(value: unknown): unknown {
  if (isNumberWord(value)) return numberOf(value);
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withNumbers(part)]));
}
