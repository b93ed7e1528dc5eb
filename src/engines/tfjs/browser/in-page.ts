// What programs of a page have in common: their functions take a text and answer with one. Nothing
// here imports anything of Node.
import { plainError } from '../../threads/plain-error.ts';
import type { Answer } from './messages.ts';
import { fromText, toText } from './wire.ts';
import type { Base64 } from './wire.ts';

const base64: Base64 = {
  encode: (bytes) => {
    let binary = '';
    const STEP = 0x8000; // more arguments than that may be too many
    for (let at = 0; at < bytes.length; at += STEP) binary += String.fromCharCode(...bytes.subarray(at, at + STEP));
    return btoa(binary);
  },
  decode: (text) => {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  },
};

/** Plain data as the owner reads it. */
export function written(value: unknown): string {
  return toText(value, base64);
}

/**
 * Makes a function of the page, for its owner to call. What it throws is thrown there.
 * @param answer gets plain data and returns plain data
 */
export function answering<Given>(name: string, answer: (given: Given) => unknown): void {
  (globalThis as Record<string, unknown>)[name] = async (text: string): Promise<string> => {
    try {
      return written({ value: await answer(fromText(text, base64) as Given) } satisfies Answer);
    } catch (error) {
      return written({ error: plainError(error) } satisfies Answer);
    }
  };
}
