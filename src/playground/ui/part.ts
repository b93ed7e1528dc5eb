// What the shell and a part of the playground agree on.

/** The properties of a part's component. */
export interface PartProps {
  /**
   * What the part said last, or what a link says: plain JSON. undefined on a first visit. A link
   * may come from anybody, so a part reads it as it would read a file.
   */
  readonly state: unknown;
  /** Called with the part's whole state whenever it changes. It goes into the address. */
  readonly onState: (next: unknown) => void;
}
