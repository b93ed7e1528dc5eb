// The explanation of a verdict other than "agrees": two sentences, and the lines of the
// library's source.

export interface SourceLine {
  /** In the package. */
  readonly file: string;
  readonly line: number;
  /** The text of the line, or a part of it, without surrounding space. */
  readonly text: string;
}

export interface Finding {
  readonly packageName: string;
  /** The rows it explains, as "configuration: verdict" or "optimizer: verdict". */
  readonly of: readonly string[];
  /**
   * A mistake; a difference from the usual definition without a reason in the source; a loss or
   * function chosen on purpose; a limit of its arithmetic.
   */
  readonly kind: 'mistake' | 'differs' | 'on purpose' | 'arithmetic';
  readonly title: string;
  readonly sentences: string;
  readonly source: readonly SourceLine[];
}
