// What Vite puts into the page.
interface ImportMeta {
  readonly env: { readonly PROD: boolean; readonly BASE_URL: string };
  /** Files by their paths, each loaded when its function is called. */
  glob<T>(
    pattern: string,
    options: { readonly query?: '?raw'; readonly import: 'default' },
  ): Readonly<Record<string, (() => Promise<T>) | undefined>>;
}

/** The address of a module, as a chunk of its own (scripts/playground/build.ts). */
declare module '*?chunk' {
  const address: string;
  export default address;
}

interface ImportMeta {
  /** Files by a pattern, each loaded when it is asked for. */
  glob<T>(
    pattern: string,
    options: { readonly query: string; readonly import: string },
  ): Record<string, () => Promise<T>>;
}
