// An error as two sentences: what is wrong, and what to do.
import { BackproofError } from '../../errors.ts';

export interface Complaint {
  readonly message: string;
  /** What to do; null where nothing is known. */
  readonly hint: string | null;
}

/** In one line, without the full stop: "what is wrong; what to do". */
export function complaintText({ message, hint }: Complaint): string {
  return hint === null ? message : `${message}; ${hint}`;
}

export function complaintOf(error: unknown): Complaint {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof BackproofError) return { message, hint: error.hint ?? null };
  return { message: `Something unexpected happened: ${message}`, hint: 'this is a bug in backproof; reload the page' };
}
