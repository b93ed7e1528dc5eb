// A known mistake as reports name it.
import { faultById } from '../../faults/registry.ts';
import type { FaultAt, FaultId } from '../../faults/registry.ts';

/** A known mistake that produces the numbers that were found. */
export interface NamedFault {
  readonly fault: FaultId;
  /** 1-based; null for a mistake of the network as a whole; 'every' if it is made in all layers. */
  readonly layer: number | 'every' | null;
  readonly description: string;
  readonly remedy: string;
  /** The wrong formula, if the mistake has one; reports show it next to the right one. */
  readonly formula?: string | undefined;
}

export function namedFault({ id, layer }: FaultAt): NamedFault {
  const { description, remedy, formula } = faultById(id);
  const place = typeof layer === 'number' ? layer + 1 : layer;
  return { fault: id, layer: place, description, remedy, ...(formula !== undefined && { formula }) };
}

/** The mistake in the form that injects it again. */
export function faultOf({ fault, layer }: NamedFault): FaultAt {
  return { id: fault, layer: typeof layer === 'number' ? layer - 1 : layer };
}
