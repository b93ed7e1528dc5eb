// Words that several parts of the pages share.

export const SIDES = ['candidate', 'reference'] as const;
export type Side = (typeof SIDES)[number];

/** What the two sides are called. */
export type Labels = Readonly<Record<Side, { readonly label: string }>>;

/** "vector f32 (candidate)": two engines may have the same label. */
export function nameOf(sides: Labels, side: Side): string {
  return `${sides[side].label} (${side})`;
}

/** "2026-11-22 22:47:46 UTC" of an ISO date */
export function dateWords(iso: string): string {
  return iso.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');
}

/** "128 × 10" */
export function shapeWords(shape: readonly number[]): string {
  return shape.length === 0 ? 'one number' : shape.map(String).join(' × ');
}

/** Names of numbers at the beginning of a text: dW, z1, v ← ... */
const FORMULA = /^(?:d[zawbx]?[A-Z]?\d*|[zwbx]\d+|a\d+|[A-Z]\S*)(?=[\s,=[])|^[a-z] [(=←]/;

/** The first letter of a sentence in upper case, but for names of numbers. */
export function capital(text: string): string {
  return FORMULA.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
}
