// Messages between the command `check` and the thread in which somebody's file runs.

/** What to check. */
export interface Order {
  readonly file: string;
  /** How the file is called in messages. */
  readonly name: string;
  readonly seed: number;
}
