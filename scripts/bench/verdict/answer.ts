// What a gradient check of others prints: the last line of its stdout, as JSON.
import { z } from 'zod';

const ANSWER = z.object({
  /** Whether it finds the gradients right; they are. */
  agree: z.boolean(),
  /** Parameters that it checked, of all. */
  checked: z.number().int().positive(),
  of: z.number().int().positive(),
  /** Seconds that it spent on the check itself, and that it would spend on all parameters. */
  spent: z.number().nonnegative(),
  whole: z.number().nonnegative(),
  versions: z.record(z.string(), z.string()),
});
export type Answer = z.infer<typeof ANSWER>;

/** @throws Error with one line */
export function parseAnswer(stdout: string): Answer {
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  try {
    return ANSWER.parse(JSON.parse(line));
  } catch {
    throw new Error(`expected a verdict as JSON, got "${line.slice(0, 200)}"`);
  }
}
