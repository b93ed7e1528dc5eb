// What Vite puts into the page.
interface ImportMeta {
  readonly env: { readonly PROD: boolean; readonly BASE_URL: string };
  /** Files by their paths, each loaded when its function is called. */
  glob<T>(
    pattern: string,
    options: { readonly query?: '?raw'; readonly import: 'default' },
  ): Readonly<Record<string, (() => Promise<T>) | undefined>>;
}
