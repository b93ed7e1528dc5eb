// A quick run of one experiment on real MNIST, shared by the tests of the experiments' claims.
import { expect } from 'vitest';
import type { Answer, Experiment, Lab } from '../../scripts/experiments/experiment.ts';
import { createLab } from '../../scripts/experiments/lab.ts';
import { EXPERIMENTS } from '../../scripts/experiments/questions/registry.ts';
import { onceInRun } from '../once.ts';

export function quickLab(seed = 1): Lab {
  return createLab({ seed, quick: true, signal: new AbortController().signal, progress: () => {} });
}

/** As it is stored. It is run once for all test files. */
async function answerOf({ name, run }: Experiment): Promise<Answer> {
  const make = async (): Promise<string> => JSON.stringify(await run(quickLab()));
  return JSON.parse(await onceInRun(`answer of ${name}`, make)) as Answer;
}

export async function numbersOf<T>(name: string): Promise<T> {
  const experiment = EXPERIMENTS.find((e) => e.name === name);
  if (experiment === undefined) throw new Error(`there is no experiment ${name}`);
  return (await answerOf(experiment)).numbers as T;
}

/**
 * Runs an experiment and checks what holds for all: no number is missing from the sentences,
 * figures or tables of its answer.
 */
export async function quickAnswer(experiment: Experiment): Promise<Answer> {
  const answer = await answerOf(experiment);
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
