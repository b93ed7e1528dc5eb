// The line that says what went wrong.

/** @param hint what to do about it */
export function complaint(message: string, hint: string | undefined): string {
  return `backproof: ${message}${hint === undefined ? '' : `; ${hint}`}\n`;
}
