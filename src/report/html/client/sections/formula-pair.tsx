// A formula that is used beside the one that should be.
interface Props {
  /** null if it is not known, or no other formula. */
  readonly used: string | null;
  readonly right: string | null;
  /** What stands before each. */
  readonly heads: readonly [used: string, right: string];
  /** Whether the formula in use is a mistake. */
  readonly isWrong?: boolean;
}

export function FormulaPair({ used, right, heads: [ofUsed, ofRight], isWrong = true }: Props) {
  if (used === null && right === null) return null;
  return (
    <dl class="formulas">
      {used !== null && (
        <div class={isWrong ? 'bad' : ''}>
          <dt>{ofUsed}</dt>
          <dd>{used}</dd>
        </div>
      )}
      {right !== null && (
        <div class="good">
          <dt>{ofRight}</dt>
          <dd>{right}</dd>
        </div>
      )}
    </dl>
  );
}
