// Words for messages about answers that are missing or unusable.
import type { RequestName } from './request.ts';

export const WANTED: Record<RequestName, string> = {
  gradients: 'loss and gradients',
  predict: 'outputs',
  applyGradients: 'an update',
  trainStep: 'a training step',
};
export const FORM: Record<RequestName, string> = {
  gradients: '{ loss, gradients: [{ weights, bias }, ...] }',
  predict: 'the outputs, one row per example',
  applyGradients: '{ parameters: [{ weights, bias }, ...] }',
  trainStep: '{ parameters: [{ weights, bias }, ...] }, or the given parameters changed in place',
};

/** Characters shown of a candidate's own text. */
const MOST = 200;

export function described(answer: unknown): string {
  if (answer === undefined) return 'nothing';
  if (Array.isArray(answer)) return `an array of ${answer.length}`;
  return typeof answer === 'number' ? String(answer) : answer === null ? 'null' : `a ${typeof answer}`;
}

/** The beginning of a text, without its line breaks. */
export function oneLine(text: string): string {
  const line = text
    .slice(0, 10 * MOST)
    .trim()
    .replace(/\s*[\n\r\u2028\u2029]\s*/g, ' ');
  return line.length <= MOST && text.length <= 10 * MOST ? line : `${line.slice(0, MOST)} ...`;
}

/** What was thrown: "RangeError: no such layer". Even reading its text may throw. */
export function thrownText(error: unknown): string {
  try {
    return oneLine(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  } catch {
    return 'a value that cannot be shown as text';
  }
}
