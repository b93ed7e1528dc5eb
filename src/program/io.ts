// The streams, clock and signal that commands use; passed in, so that tests can replace them.

export interface Io {
  /** Results. With --json exactly one JSON document. */
  out(text: string): void;
  /** Progress, logs, errors. */
  err(text: string): void;
  readonly outIsTty: boolean;
  readonly errIsTty: boolean;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
  now(): number;
  date(): Date;
}
