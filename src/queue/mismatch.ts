// Why a worker gets none of some work.
import type { Mismatch } from './events.ts';
import type { Ability } from './names.ts';

/** What a worker without, or work for no, candidate is called. */
const NONE = 'none';

/** Null where the worker can do the work. */
export function mismatchOf(worker: Ability, asked: Ability): Mismatch | null {
  if (worker.version !== asked.version) return { what: 'version', worker: worker.version, asked: asked.version };
  if (worker.candidateHash === asked.candidateHash) return null;
  const short = ({ candidateHash }: Ability): string => candidateHash?.slice(0, 12) ?? NONE;
  return { what: 'candidate', worker: short(worker), asked: short(asked) };
}
