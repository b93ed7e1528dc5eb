// A quick run of one experiment on real MNIST, as the tests of the experiments' claims share it.
import { expect } from 'vitest';
import type { Answer, Experiment, Lab } from '../../scripts/experiments/experiment.ts';
import { createLab } from '../../scripts/experiments/lab.ts';

export function quickLab(seed = 1): Lab {
  return createLab({ seed, quick: true, signal: new AbortController().signal, progress: () => {} });
}

/**
 * Runs it and expects of the answer what is true of all: no number is missing from its words,
 * drawings or tables.
 */
export async function quickAnswer(experiment: Experiment): Promise<Answer> {
  const answer = await experiment.run(quickLab());
  const { sentences, figures, tables } = answer;
  expect(sentences.length).toBeGreaterThanOrEqual(2);
  expect(figures.length).toBeGreaterThanOrEqual(1);
  const words = [
    ...sentences,
    ...figures.flatMap(({ caption, alternative }) => [caption, alternative]),
    ...tables.flatMap(({ caption, head, rows }) => [caption, ...head, ...rows.flat()]),
  ].join('\n');
  expect(words).not.toMatch(/NaN|undefined|null|Infinity|\[object/);
  for (const { svg } of figures) expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  for (const { head, rows } of tables) for (const row of rows) expect(row).toHaveLength(head.length);
  return answer;
}
