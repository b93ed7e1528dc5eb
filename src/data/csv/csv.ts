// Data sets from CSV: one file, or a training and a test file. Column, classes and targets are
// found out, and what was found is said in the notes of the set.
import { DataError } from '../../errors.ts';
import { createRng, permutation } from '../../numeric/rng.ts';
import type { Dataset, Examples } from '../dataset.ts';
import { notesOnEmnist } from '../transposed.ts';
import type { CsvFiles } from './files.ts';
import { columnAskedFor, isSquare, knownNames, labelColumn } from './label-column.ts';
import { meaningOf } from './labels.ts';
import type { LabelColumn, LabelOptions, Meaning } from './labels.ts';
import { numberOf } from './number.ts';
import { columnName, notNumber, readTable } from './table.ts';
import type { Table } from './table.ts';
import { readTableBytes } from './text-bytes.ts';

/** What is asked for, where the file is not to decide. */
export interface CsvOptions extends LabelOptions {
  /** first, last, a number from 1, or a name of the header. */
  readonly labelColumn?: string | undefined;
  /** Whether pictures are transposed later, so that nothing needs to be said about it. */
  readonly transpose?: boolean;
  /** Decides which examples of a single file are the test set. */
  readonly seed: number;
}

/** One in so many examples of a single file is for the test. */
const TEST_SHARE = 5;

/**
 * @throws DataError at the first thing that does not fit: file:line:character
 */
export function loadCsv({ train: file, test: testFile }: CsvFiles, name: string, options: CsvOptions): Dataset {
  const { labelColumn: wanted } = options;
  const train = readTable(readTableBytes(file), file, (header, columns) =>
    wanted === undefined ? knownNames(header) : [columnAskedFor(wanted, header, columns)],
  );
  const at = wanted === undefined ? labelColumn(train) : columnAskedFor(wanted, train.header, train.columns);
  const test = testFile === null ? null : readTest(testFile, train, at);
  const notes = test === 'unlabelled' ? [`${testFile ?? ''} has no labels and is not used`] : [];
  const tables = test === null || test === 'unlabelled' ? [train] : [train, test];
  const columns = tables.map((table) => labelsOf(table, at));
  const meaning = meaningOf(columns, options);
  const sets = columns.map((column) => examplesOf(column, meaning));
  const image = imageOf(train, sets);
  const [trained, tested] = sets.map((set) => (image === undefined ? asNumbers(set) : set));
  const parts = tested === undefined ? divided(trained, options.seed, file) : { train: trained, test: tested };
  if (tested === undefined) notes.push(`one example in ${TEST_SHARE} of ${file}, drawn by the seed, is the test set`);
  return {
    name,
    classes: meaning.task === 'regression' ? 1 : meaning.classes,
    ...parts,
    ...(image === undefined ? { mixedScales: true } : { image }),
    notes: [
      labelNote(train, at, meaning),
      ...notes,
      ...(image === undefined ? [] : notesOnEmnist([file], options.transpose ?? false)),
    ],
  };
}

/** The test table. Kaggle's have no labels: one column less than the training table. */
function readTest(file: string, train: Table, at: number): Table | 'unlabelled' {
  const test = readTable(readTableBytes(file), file, (_header, columns) => (columns === train.columns ? [at] : []));
  if (test.columns === train.columns) return test;
  const inputs = train.header?.filter((_, c) => c !== at).join();
  if (test.columns === train.columns - 1 && test.header?.join() === inputs) return 'unlabelled';
  throw new DataError(
    `${file}:1:1: expected ${train.columns} columns, as in ${train.name}, got ${test.columns}`,
    'the two files do not belong together',
  );
}

function labelsOf(table: Table, at: number): LabelColumn {
  const column = table.text.get(at);
  if (column === undefined) throw new Error(`column ${at} of ${table.name} is not kept`);
  return { table, at, column };
}

/** All columns but the label are inputs; a first column that only counts the rows is left out. */
function examplesOf({ table, at, column }: LabelColumn, meaning: Meaning): Examples {
  const { rows, columns } = table;
  const inputs = Array.from({ length: columns }, (_, c) => c).filter((c) => c !== at && !isRowNumber(table, c));
  if (inputs.length === 0) throw new DataError(`${table.name}: has no inputs beside the label`);
  const width = inputs.length;
  const values = withTexts(table, inputs);
  const data = values instanceof Uint8Array ? new Uint8Array(rows * width) : new Float32Array(rows * width);
  for (let r = 0; r < rows; r++) for (let i = 0; i < width; i++) data[r * width + i] = values[r * columns + inputs[i]];
  const base = { count: rows, width, values: data };
  if (meaning.task === 'regression') {
    const targets = Float32Array.from(column.index, (text) => numberOf(column.texts[text]));
    return { ...base, labels: new Uint8Array(0), targets: { width: 1, values: targets } };
  }
  const classes = column.texts.map((text) => meaning.classOf.get(text) ?? 0);
  return { ...base, labels: Uint8Array.from(column.index, (text) => classes[text]) };
}

/** pandas writes the number of each row into a first column without a name. */
function isRowNumber({ header, text, rows }: Table, c: number): boolean {
  if (c !== 0 || header === null || !/^(|unnamed: 0)$/i.test(header[0])) return false;
  const column = text.get(0);
  return column !== undefined && column.texts.length === rows && column.texts.every((t, r) => t === String(r));
}

/**
 * The numbers, with those inputs that were kept as text.
 * @throws DataError on a text that is not a number
 */
function withTexts(table: Table, inputs: readonly number[]): Table['numbers'] {
  const { columns, text } = table;
  let { numbers } = table;
  for (const c of inputs) {
    const column = text.get(c);
    if (column === undefined) continue;
    const wrong = notNumber(table, c);
    if (wrong !== null) throw wrong;
    const own = column.texts.map(numberOf);
    if (numbers instanceof Uint8Array && !own.every(isByte)) numbers = Float32Array.from(numbers);
    for (const [r, at] of column.index.entries()) numbers[r * columns + c] = own[at];
  }
  return numbers;
}

function isByte(x: number): boolean {
  return Number.isInteger(x) && x >= 0 && x <= 255;
}

/** Pictures as high as wide: bytes, in columns without names of their own (1x1, pixel0, 0). */
function imageOf({ header, columns }: Table, sets: readonly Examples[]): Dataset['image'] {
  const [{ width }] = sets;
  const isPixel = (name: string): boolean =>
    /^("?|label|class|target|pixel[_ ]?\d+|p\d+|\d+x\d+|\d+|x\d+)$/i.test(name);
  const fits = isSquare(width) && width >= columns - 2 && (header === null || header.every(isPixel));
  if (!fits || !sets.every(({ values }) => values instanceof Uint8Array)) return undefined;
  const side = Math.round(Math.sqrt(width));
  return { rows: side, cols: side };
}

/** Only pixels are bytes, which the scaling `unit` divides by 255. */
function asNumbers(examples: Examples): Examples {
  return { ...examples, values: Float32Array.from(examples.values) };
}

/** Draws the test set by the seed, since files are often sorted by class. Both keep their order. */
function divided(all: Examples, seed: number, file: string): Pick<Dataset, 'train' | 'test'> {
  const count = Math.floor(all.count / TEST_SHARE);
  if (count < 1)
    throw new DataError(`${file}: expected at least ${TEST_SHARE} examples, got ${all.count}`, `one in ${TEST_SHARE} is for the test`); // prettier-ignore
  const order = permutation(createRng(seed, 'test set'), all.count);
  return { train: chosen(all, order.slice(count).sort()), test: chosen(all, order.slice(0, count).sort()) };
}

function chosen({ width, values, labels, targets }: Examples, at: Uint32Array): Examples {
  const take = <T extends Uint8Array | Float32Array>(from: T, n: number): T => {
    const to = (from instanceof Uint8Array ? new Uint8Array(at.length * n) : new Float32Array(at.length * n)) as T;
    at.forEach((p, i) => {
      to.set(from.subarray(p * n, (p + 1) * n), i * n);
    });
    return to;
  };
  return {
    count: at.length,
    width,
    values: take(values, width),
    labels: targets === undefined ? take(labels, 1) : labels,
    ...(targets !== undefined && { targets: { width: 1, values: take(targets.values, 1) } }),
  };
}

function labelNote({ name, header, columns }: Table, at: number, meaning: Meaning): string {
  const place = at === 0 ? ', the first' : at === columns - 1 ? ', the last' : '';
  const headed = header === null ? 'no header' : 'a header';
  const what = meaning.task === 'regression' ? 'targets of a regression' : `labels: ${meaning.note}`;
  return `${name}: ${headed}; ${columnName(header, at)}${place}, has the ${what}`;
}
