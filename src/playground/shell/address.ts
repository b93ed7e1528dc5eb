// The fragment of the address: which part is open, and its state. "#own", "#own/q1YqSy0q..."
import { packed, unpacked } from '../work/link.ts';
import { FIRST, isPart } from './parts.ts';
import type { PartId } from './parts.ts';

export interface Place {
  readonly part: PartId;
  /** undefined where the address has none. */
  readonly state: unknown;
  /** Whether the address has a state that cannot be read. */
  readonly isBroken: boolean;
}

/** @returns null if the fragment is that of something within a part */
export async function placeOf(hash: string): Promise<Place | null> {
  const [, name = '', code] = /^#([^/]*)(?:\/(.*))?$/.exec(hash) ?? [];
  if (name !== '' && !isPart(name)) return null;
  const part = isPart(name) ? name : FIRST;
  if (code === undefined || code === '') return { part, state: undefined, isBroken: false };
  const state = await unpacked(code);
  return { part, state, isBroken: state === undefined };
}

/** The fragment that leads to a part with its state. */
export async function hashOf(part: PartId, state: unknown): Promise<string> {
  return state === undefined ? `#${part}` : `#${part}/${await packed(state)}`;
}
