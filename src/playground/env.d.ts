// What Vite puts into the page.
interface ImportMeta {
  readonly env: { readonly PROD: boolean; readonly BASE_URL: string };
}

declare module '*?url' {
  const address: string;
  export default address;
}
