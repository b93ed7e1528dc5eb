/** Milliseconds without a key that are a pause: then what stands in the editor is checked. */
export const PAUSE = 120;
