// What an engine cannot do of what a network asks for.

/** A page that an engine has nothing for. */
export interface Lack {
  readonly of: 'layer' | 'activation' | 'loss' | 'optimizer';
  readonly id: string;
}
