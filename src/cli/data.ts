// The data set that the options ask for, and what is to be said about it.
import type { Dataset } from '../data/dataset.ts';
import { loadDataset } from '../data/load.ts';
import type { Io } from '../program/io.ts';
import { DEFAULTS } from './arguments/defaults.ts';
import { safeText } from '../text.ts';
import type { FlagOption, Options, ValueOption } from './options.ts';

/** Options that say which data, or how to read them. */
export const DATA_OPTIONS: readonly (ValueOption | FlagOption)[] = [
  ...(['dataset', 'data', 'classes', 'first-label', 'label-column', 'task', 'transpose'] as const),
];

/** @throws UsageError or DataError */
export function loadDataOf(options: Options): Dataset {
  return loadDataset({
    dataset: options.dataset ?? DEFAULTS.dataset,
    seed: options.seed ?? DEFAULTS.seed,
    ...(options.data !== undefined && { data: options.data }),
    ...(options.classes !== undefined && { classes: options.classes }),
    ...(options['first-label'] !== undefined && { firstLabel: options['first-label'] }),
    ...(options['label-column'] !== undefined && { labelColumn: options['label-column'] }),
    ...(options.task !== undefined && { task: options.task }),
    ...(options.transpose !== undefined && { transpose: options.transpose }),
    ...(options['train-size'] !== undefined && { trainSize: options['train-size'] }),
    ...(options['test-size'] !== undefined && { testSize: options['test-size'] }),
  });
}

/** Says on standard error what was found out about the files. */
export function sayNotes({ notes = [] }: Dataset, io: Io): void {
  for (const note of notes) io.err(`Note: ${safeText(note, LONGEST)}\n`);
}

const LONGEST = 1000;
