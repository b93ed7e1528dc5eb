// The data a page carries with it.
import { numbersForWords } from '../../../non-finite.ts';

/** The JSON in <script id="..." type="application/json">. */
export function embedded<T>(id: string): T {
  const text = document.getElementById(id)?.textContent;
  if (text === undefined || text === null) throw new Error(`this page carries no "${id}"`);
  return JSON.parse(text, numbersForWords) as T;
}

export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}
