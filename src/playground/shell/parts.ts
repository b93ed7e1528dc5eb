// The parts of the playground, in the order of the navigation. Each is loaded when it is opened.
import type { ComponentType } from 'preact';
import type { PartProps } from '../ui/part.ts';

interface Part {
  /** In the navigation, and in the title of the page. */
  readonly name: string;
  readonly load: () => Promise<{ readonly default: ComponentType<PartProps> }>;
}

export const PARTS = {
  own: { name: 'Your own', load: () => import('../own/own.tsx') },
  break: { name: 'Break it', load: () => import('../breaks/breaks.tsx') },
  train: { name: 'Train', load: () => import('../train/train.tsx') },
  draw: { name: 'Draw a digit', load: () => import('../draw/draw.tsx') },
  questions: { name: 'Nine questions', load: () => import('../questions/questions.tsx') },
} as const satisfies Record<string, Part>;

export type PartId = keyof typeof PARTS;
export const PART_IDS = Object.keys(PARTS) as PartId[];
export const FIRST: PartId = 'own';

export function isPart(text: string): text is PartId {
  return Object.hasOwn(PARTS, text);
}
