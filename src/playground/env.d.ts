// What Vite puts into the page.

/** The address of a module, as a chunk of its own (scripts/playground/build.ts). */
declare module '*?chunk' {
  const address: string;
  export default address;
}

interface ImportMeta {
  /** Files by a pattern, each loaded when it is asked for. */
  glob<T>(
    pattern: string,
    options: { readonly query?: string; readonly import: string },
  ): Record<string, () => Promise<T>>;
}
