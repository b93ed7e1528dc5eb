// What is said where an answer is none.
import type { RequestName } from './request.ts';

export const WANTED: Record<RequestName, string> = {
  gradients: 'loss and gradients',
  predict: 'outputs',
  applyGradients: 'an update',
};
export const FORM: Record<RequestName, string> = {
  gradients: '{ loss, gradients: [{ weights, bias }, ...] }',
  predict: 'the outputs, one row an example,',
  applyGradients: '{ parameters: [{ weights, bias }, ...] }',
};

export function described(answer: unknown): string {
  if (answer === undefined) return 'nothing';
  if (Array.isArray(answer)) return `an array of ${answer.length}`;
  return typeof answer === 'number' ? String(answer) : answer === null ? 'null' : `a ${typeof answer}`;
}

export function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}
