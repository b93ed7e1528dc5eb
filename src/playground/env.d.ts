// What Vite puts into the page.
interface ImportMeta {
  readonly env: { readonly PROD: boolean; readonly BASE_URL: string };
}

/** The address of a module, as a chunk of its own (scripts/playground/build.ts). */
declare module '*?chunk' {
  const address: string;
  export default address;
}
