// What an engine cannot compute of what a network needs.

/** A page that an engine does not implement. */
export interface Lack {
  readonly of: 'layer' | 'activation' | 'loss' | 'optimizer';
  readonly id: string;
}
