// Pages that a network needs and an engine does not implement.

/** One such page. */
export interface Lack {
  readonly of: 'layer' | 'activation' | 'loss' | 'penalty' | 'optimizer' | 'clipping' | 'schedule';
  readonly id: string;
}
