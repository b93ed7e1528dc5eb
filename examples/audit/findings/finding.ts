// What stands behind a verdict that is not "agrees": two sentences, and the lines of the library's source.

export interface SourceLine {
  /** In the package. */
  readonly file: string;
  readonly line: number;
  /** What stands there, without the space around it; or a part of it. */
  readonly text: string;
}

export interface Finding {
  readonly packageName: string;
  /** "configuration: verdict" of the rows that it explains, and "optimizer: verdict". */
  readonly of: readonly string[];
  /** A mistake; unlike the usual definition, and the source does not say why; a loss or function chosen on purpose; a limit of its arithmetic. */
  readonly kind: 'mistake' | 'differs' | 'on purpose' | 'arithmetic';
  readonly title: string;
  readonly sentences: string;
  readonly source: readonly SourceLine[];
}
