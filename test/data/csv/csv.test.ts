// Tables as data sets: the forms that are in use, what is found out about them, and one line for
// everything that does not fit.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DataError, UsageError } from '../../../src/errors.ts';
import type { Dataset, Examples } from '../../../src/data/dataset.ts';
import { loadDataset } from '../../../src/data/load.ts';
import type { DatasetRequest } from '../../../src/data/load.ts';
import { refusal } from '../../refusal.ts';
import { GOOD_FILES, inFolder } from '../idx-files.ts';

type Content = string | Uint8Array;
type Asked = Partial<DatasetRequest>;

const bytes = (content: Content): Uint8Array => (typeof content === 'string' ? Buffer.from(content) : content);

/** Loads the folder of these files, or one of them. */
function load(files: Record<string, Content>, asked: Asked = {}, file = ''): Dataset {
  const all = Object.fromEntries(Object.entries(files).map(([name, content]) => [name, bytes(content)]));
  return inFolder(all, (folder) => loadDataset({ dataset: 'mnist', seed: 1, data: join(folder, file), ...asked }));
}

/** A training and a test file with the same content. */
const both = (content: Content, asked: Asked = {}): Dataset =>
  load({ 'train.csv': content, 'test.csv': content }, asked);
const rows = ({ width, values, count }: Examples): number[][] =>
  Array.from({ length: count }, (_, r) => [...values.subarray(r * width, (r + 1) * width)]);
const line = (content: Content, asked: Asked = {}): string =>
  refusal(DataError, () => both(content, asked)).replace(/^.*?([^/]*\.csv)/, '$1');

/** Rows of a picture of 8 x 8 pixels with a label at the start. */
const PIXELS = [3, 0, 9].map((label, n) => [label, ...Array.from({ length: 64 }, (_, i) => (n + i * 5) % 256)]);
const text = (table: readonly (readonly (number | string)[])[], end = '\n'): string =>
  table.map((row) => row.join(',') + end).join('');
const HEADERS = {
  redmon: null,
  kaggle: ['label', ...Array.from({ length: 64 }, (_, i) => `pixel${i}`)],
  fashion: ['label', ...Array.from({ length: 64 }, (_, i) => `pixel${i + 1}`)],
  numbered: ['label', ...Array.from({ length: 64 }, (_, i) => `${(i >> 3) + 1}x${(i & 7) + 1}`)],
  counted: Array.from({ length: 65 }, (_, i) => String(i)),
};

describe('pictures', () => {
  it.each(Object.entries(HEADERS))('with the header of %s are bytes with the label first', (_name, header) => {
    const { train, test, classes, image, mixedScales, notes } = both(text(header === null ? PIXELS : [header, ...PIXELS])); // prettier-ignore
    expect(train.values).toBeInstanceOf(Uint8Array);
    expect(rows(train)).toEqual(PIXELS.map((row) => row.slice(1)));
    expect([Array.from(train.labels), Array.from(test.labels), classes]).toEqual([[3, 0, 9], [3, 0, 9], 10]);
    expect([image, mixedScales]).toEqual([{ rows: 8, cols: 8 }, undefined]);
    expect(notes?.[0]).toMatch(header === null ? /no header; column 1, the first, has the labels: 10 classes$/ : /a header; column 1/); // prettier-ignore
  });

  it('of Kaggle have a test file without labels: a fifth of the training file takes its place', () => {
    const many = Array.from({ length: 20 }, (_, i) => [i % 10, ...Array.from({ length: 64 }, () => i)]);
    const files = {
      'train.csv': text([HEADERS.kaggle, ...many]),
      'test.csv': text([HEADERS.kaggle.slice(1), ...many.map((row) => row.slice(1))]),
      'sample_submission.csv': 'ImageId,Label\n1,0\n',
    };
    const { train, test, notes } = load(files);
    expect([train.count, test.count]).toEqual([16, 4]);
    expect(notes?.join()).toMatch(/test\.csv has no labels and is not used,one example in 5 of .*train\.csv/);
    const all = [...rows(train), ...rows(test)].map(([first]) => first).sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: 20 }, (_, i) => i));
    for (const { labels, values } of [train, test]) expect([...labels]).toEqual([...labels].map((_, i) => values[64 * i] % 10)); // prettier-ignore
    expect(rows(load(files, { seed: 2 }).test)).not.toEqual(rows(test));
    expect(rows(load(files).test)).toEqual(rows(test));
  });

  it('of EMNIST letters, which count from 1 and are transposed, say so', () => {
    const letters = text(PIXELS.map(([, ...pixels], n) => [[1, 26, 5][n], ...pixels]));
    const { train, notes, classes } = load({ 'emnist-letters-train.csv': letters, 'emnist-letters-test.csv': letters });
    expect(notes?.join()).toMatch(/labels: 1 is class 0, 5 is class 1 and 26 is class 2.*transposed.*--transpose/);
    expect([classes, Array.from(train.labels)]).toEqual([3, [0, 2, 1]]);
    const shifted = both(letters, { firstLabel: 1, transpose: true });
    expect([shifted.classes, Array.from(shifted.train.labels)]).toEqual([26, [0, 25, 4]]);
    expect(shifted.train.values[1]).toBe(PIXELS[0][1 + 8]); // row 0, column 1 is stored as row 1, column 0
    expect(shifted.notes?.join()).not.toContain('--transpose');
  });
});

const IRIS = 'sepal length,petal width,species\n5.1,0.2,setosa\n7.0,1.4,versicolor\n4.9,0.2,setosa\n';

describe('a table of numbers', () => {
  it('with class names has classes in the order of the names, wherever they stand', () => {
    const { train, classes, mixedScales, image, notes } = both(IRIS);
    expect(rows(train)).toEqual([[5.1, 0.2], [7, 1.4], [4.9, 0.2]].map((row) => row.map(Math.fround))); // prettier-ignore
    expect([Array.from(train.labels), classes, mixedScales, image]).toEqual([[0, 1, 0], 2, true, undefined]);
    expect(notes?.[0]).toMatch(/column 3 \(species\), the last, has the labels: setosa is class 0 and versicolor is class 1$/); // prettier-ignore
    const middle = both('1,zebra,3\n2,ant,5\n');
    expect([rows(middle.train), Array.from(middle.train.labels)]).toEqual([[[1, 3], [2, 5]], [1, 0]]); // prettier-ignore
  });

  it('with class numbers last, or first, is told from the other', () => {
    const last = both('0.5,1.5,2\n0.25,3,0\n8,9.5,1\n');
    expect([rows(last.train)[0], Array.from(last.train.labels), last.classes]).toEqual([[0.5, 1.5], [2, 0, 1], 3]);
    for (const content of ['0,5,1\n1,6,0\n', '2,0.5,1.5\n0,0.25,3.25\n', '1,5,300\n2,6,900\n']) {
      expect(line(content)).toMatch(
        /^train\.csv: expected one column that can be the label, found 2: column 1 and column 3 \| give --label-column/,
      );
    }
    const named = both('label,a,b\n0,5,1\n1,6,0\n');
    expect(Array.from(named.train.labels)).toEqual([0, 1]);
    expect(Array.from(both('x,y,label\n0,5,1\n1,6,0\n').train.labels)).toEqual([1, 0]);
    expect(Array.from(both('y,a\n1,5\n0,6\n').train.labels)).toEqual([1, 0]);
    expect(line('label,a,class\n0,5,1\n1,6,0\n')).toContain('column 1 (label) and column 3 (class)');
  });

  it.each([
    ['first', [0, 1], [[5, 1], [6, 0]]],
    ['last', [1, 0], [[0, 5], [1, 6]]],
    ['2', [0, 1], [[0, 1], [1, 0]]],
    ['b', [1, 0], [[0, 5], [1, 6]]],
  ] as [string, number[], number[][]][])('takes the label from the column %s that is asked for', (labelColumn, labels, inputs) => {
    const { train } = both('a,x,b\n0,5,1\n1,6,0\n', { labelColumn });
    expect([Array.from(train.labels), rows(train)]).toEqual([labels, inputs]);
  }); // prettier-ignore

  it('has no column by another name or number', () => {
    for (const labelColumn of ['c', '0', '4', '-1', '1.5', '']) {
      const found = refusal(UsageError, () => both('a,x,b\n0,5,1\n1,6,0\n', { labelColumn }));
      expect(found).toBe(
        `--label-column: expected first, last, 1 to 3, or one of "a", "x" and "b", got "${labelColumn}"`,
      );
    }
    expect(refusal(UsageError, () => both('0,5\n1,6\n', { labelColumn: 'x' }))).toMatch(
      /first, last, 1 to 2, got "x"$/,
    );
  });

  it('numbers labels that do not begin at 0 by size; with --first-label they are shifted', () => {
    const content = 'a,label\n1.5,-1\n2.5,1\n3.5,-1\n';
    const { train, classes, notes } = both(content);
    expect([Array.from(train.labels), classes]).toEqual([[0, 1, 0], 2]);
    expect(notes?.[0]).toMatch(/labels: -1 is class 0 and 1 is class 1$/);
    expect(Array.from(both(content, { firstLabel: -1 }).train.labels)).toEqual([0, 2, 0]);
    expect(Array.from(both('a,label\n1,10\n2,9\n3,100\n').train.labels)).toEqual([1, 0, 2]); // not as texts
    expect(line(content, { firstLabel: 0 })).toMatch(
      /^train\.csv:2:5: column 2 \(label\): expected a label from 0 to 255, got -1/,
    );
    expect(line('a,label\n1,0\n2,3\n', { classes: 3 })).toMatch(
      /^train\.csv:3:3: .*expected a label from 0 to 2, got 3/,
    );
    expect(both('a,label\n1,0\n2,3\n', { classes: 5 }).classes).toBe(5);
    expect(refusal(UsageError, () => both(IRIS, { firstLabel: 1 }))).toMatch(
      /^--first-label needs labels that are whole/,
    );
  });

  it('with labels that are not whole is a regression; so is one that is asked for', () => {
    const { train, classes, notes } = both('a,b,price\n1.5,2,0.5\n3,4,-1e3\n');
    expect([Array.from(train.targets?.values ?? []), train.labels.length, classes]).toEqual([[0.5, -1000], 0, 1]);
    expect(notes?.[0]).toMatch(/column 3 \(price\), the last, has the targets of a regression$/);
    const asked = both('a,b,y\n1,2,0\n3,4,1\n', { task: 'regression' });
    expect(Array.from(asked.train.targets?.values ?? [])).toEqual([0, 1]);
    expect(both('a,b,y\n1,2,0\n3,4,1\n').train.targets).toBeUndefined();
    const many = text(Array.from({ length: 300 }, (_, i) => [i, i]));
    expect(both(many).train.targets?.values.length).toBe(300);
    expect(line(many, { task: 'classification', labelColumn: 'last' })).toMatch(
      /^train\.csv: expected at most 256 classes, got 300 different labels \|/,
    );
    expect(line(IRIS, { task: 'regression' })).toMatch(
      /^train\.csv:2:9: column 3 \(species\): expected a number, got "setosa"/,
    );
    for (const option of [{ classes: 3 }, { firstLabel: 1 }])
      expect(refusal(UsageError, () => both('1.5,0.5\n2,1.5\n', option))).toMatch(
        /needs classes: .* targets of a regression/,
      );
  });

  it('of 300 class names is refused, of 256 read', () => {
    const named = (count: number): string => text(Array.from({ length: count }, (_, i) => [i / 2, `class ${i}`]));
    expect(both(named(256)).classes).toBe(256);
    expect(line(named(300))).toMatch(/^train\.csv: expected at most 256 classes, got 300 different labels \|/);
  });

  it('has test labels that training does not know: refused where they are names', () => {
    const test = '1,0.5,b\n2,0.25,c\n';
    expect(refusal(DataError, () => load({ 'train.csv': '1,0.5,a\n2,0.25,b\n', 'test.csv': test }))).toMatch(
      /test\.csv:2:8: column 3: "c" is not among the labels of .*train\.csv \| every class needs examples/,
    );
    const { classes, test: read } = load({ 'train.csv': '1.5,0.5,0\n2,0.25,1\n', 'test.csv': '1,0.5,4\n2,0.25,0\n' });
    expect([classes, Array.from(read.labels)]).toEqual([5, [4, 0]]);
  });

  it('may have the row numbers of pandas, spaces, quotes, CRLF, BOM, tabs, semicolons, and be packed', () => {
    const expected = both('a,b,y\n1,0.5,x\n-2,3,z\n');
    const same = (content: Content): void => {
      const { train } = both(content);
      expect([rows(train), Array.from(train.labels)]).toEqual([
        rows(expected.train),
        Array.from(expected.train.labels),
      ]);
    };
    same(',a,b,y\n0,1,0.5,x\n1,-2,3,z\n');
    same('a , b , y\n 1 , 0.5 , x \n -2,+3 ,z\n\n \n');
    same('"a","b","y"\r\n"1","0.5","x"\r\n"-2","3","z"\r\n');
    same('\ufeffa,b,y\r\n1,0.5,x\r\n-2,3,z');
    same('a,b,y\r1,0.5,x\r-2,3,z\r');
    same('a\tb\ty\n1\t0.5\tx\n-2\t3\tz\n');
    same('a;b;y\n1;0.5;x\n-2;3;z\n');
    same('a b  y\n1  0.5 x\n -2 \t3 z\n');
    same(gzipSync('a,b,y\n1,.5,x\n-2,3.,z\n'));
    same('a,b,y\n10e-1,5E-1,x\n-2.000,3,z\n');
    same(Buffer.from('\ufeffa,b,y\n1,0.5,x\n-2,3,z\n', 'utf16le'));
    same(Buffer.from('\ufeffa,b,y\n1,0.5,x\n-2,3,z\n', 'utf16le').swap16());
  });

  it('has quoted fields with separators, quotes and line ends in them, and names in Latin-1', () => {
    const { notes, train } = both('a,label\n1.5,"a,b"\n2.5,"say ""c"""\n3.5,"d\ne"\n4.5,f\n');
    expect(notes?.[0]).toContain('a,b is class 0');
    expect(notes?.[0]).toContain('say "c" is class 3');
    expect(rows(train)).toEqual([[1.5], [2.5], [3.5], [4.5]]);
    expect(line('a,label\n1.5,"d\n\ne"\n2.5,f\nz,g\n')).toMatch(
      /^train\.csv:6:1: column 1 \(a\): expected a number, got "z"/,
    );
    const latin = both(Buffer.from('a,label\n1.5,\xe9\n2.5,\xe8\n', 'latin1'));
    expect([latin.classes, Array.from(latin.train.labels)]).toEqual([2, [1, 0]]);
  });
});

describe('a table is refused in one line', () => {
  it.each<[string, Content, RegExp]>([
    ['an empty file', '', /^train\.csv: expected a CSV table, got an empty file \| the file is empty; fetch it again$/],
    ['blank lines', '\n \n\r\n', /^train\.csv: has no rows/],
    ['a header alone', 'a,b,label\n', /^train\.csv: has a header, but no examples$/],
    ['a text value', '1.5,2,a\n2.5,oops,b\n', /^train\.csv:2:5: column 2: expected a number, got "oops" \| inputs and targets are numbers/],
    ['a text value in an outer column', 'x,z,label\n1.5,2,a\nno,3,b\n', /^train\.csv:3:1: column 1 \(x\): expected a number, got "no"/],
    ['a missing value', '1.5,2,a\n2.5,,b\n', /^train\.csv:2:5: column 2: expected a number, got nothing \| a value is missing/],
    ['NaN', '1.5,2,a\n2.5,NaN,b\n', /^train\.csv:2:5: .*got "NaN" \| a value is missing/],
    ['a missing label', '1.5,2,a\n2.5,1,\n', /^train\.csv:2:7: column 3: expected a label, got nothing/],
    ['1e400', '1.5,2,a\n2.5,1e400,b\n', /^train\.csv:2:5: column 2: expected a number up to 3\.4e38 \(binary32\), got 1e400$/],
    ['1e39', '1.5,2,a\n2.5,-1e39,b\n', /got -1e39$/],
    ['a decimal comma', 'x;y;s\n1.5;2;a\n2.5;1,5;b\n', /^train\.csv:3:5: .*got "1,5" \| write decimals with a point$/],
    ['a row too short', '1,2,a\n3,4\n', /^train\.csv:2:3: expected 3 fields, as in the first row, got 2 \|/],
    ['a row too long', '1,2,a\n3,4,b,5\n', /^train\.csv:2:7: expected 3 fields, as in the first row, got more \|/],
    ['an open quote', '1,2,"a\n3,4,b\n', /^train\.csv:1:5: a quoted field does not end \|/],
    ['text after a quote', '1,"2"3,a\n', /^train\.csv:1:3: a field goes on after its closing quote \|/],
    ['one column', '1\n2\n', /^train\.csv:1:1: expected a table with at least two columns/],
    ['a NUL byte', '1,2,a\n3,\u00004,b\n', /^train\.csv:2:3: expected text, got a NUL byte \|/],
    ['UTF-16 without a mark', Buffer.from('1,2,a\n', 'utf16le'), /^train\.csv:1:2: .*NUL byte \| the file looks like UTF-16; save it as UTF-8/],
    ['an HTML page', '<!DOCTYPE html>\n<html>404</html>', /got an HTML page \| the download failed/],
    ['an HTML page in gzip', gzipSync('<html>404</html>'), /got an HTML page in gzip \| the download failed/],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 3\n', /Git LFS pointer.*\| the download failed/],
    ['a ZIP archive', Uint8Array.from([0x50, 0x4b, 3, 4, 20, 0]), /got a ZIP archive \| unpack it first$/],
    ['a gzip cut short', gzipSync(text(PIXELS)).slice(0, 60), /^train\.csv: cannot be unpacked \(.*\) \| the file is damaged or cut short/],
    ['two text columns', '1,a,b\n2,c,d\n', /expected one column that can be the label, found 2: column 2 and column 3/],
  ])('%s', (_what, content, expected) => {
    expect(line(content)).toMatch(expected);
  }); // prettier-ignore

  it('if test and training have other columns', () => {
    expect(refusal(DataError, () => load({ 'train.csv': IRIS, 'test.csv': '1,2\n3,4\n' }))).toMatch(
      /test\.csv:1:1: expected 3 columns, as in .*train\.csv, got 2 \| the two files do not belong together$/,
    );
  });
});

describe('--data', () => {
  const five = text([[0.5, 'a'], [1.5, 'b'], [2.5, 'a'], [3.5, 'b'], [4.5, 'a']]); // prettier-ignore

  it('takes one table, of any name, or a folder with one', () => {
    for (const name of ['iris.csv', 'iris.data', 'iris.tsv.gz']) {
      const content = name.endsWith('.gz') ? gzipSync(five) : five;
      const { train, test } = load({ [name]: content }, {}, name);
      expect([train.count, test.count]).toEqual([4, 1]);
    }
    expect(load({ 'iris.csv': five }).train.count).toBe(4);
    expect(refusal(DataError, () => load({ 'iris.csv': '1.5,a\n2.5,b\n' }))).toMatch(
      /expected at least 5 examples, got 2/,
    );
  });

  it('takes the sizes that are asked for', () => {
    const { train, test } = load({ 'mnist_train.csv': five, 'mnist_test.csv': five }, { trainSize: 3, testSize: 2 });
    expect([train.count, test.count, train.values.length]).toEqual([3, 2, 3]);
  });

  it('refuses a folder where several tables could be meant', () => {
    expect(refusal(DataError, () => load({ 'a.csv': five, 'b.csv': five }))).toMatch(
      /expected one table with "train" in its name, found a\.csv and b\.csv \| give --data a single file/,
    );
    const two = { 'train.csv': five, 'test.csv': five, 'test-2.csv': five };
    expect(refusal(DataError, () => load(two))).toMatch(
      /expected one table with "test" in its name, found test-2\.csv and test\.csv/,
    );
  });

  it('prefers IDX files, for which there are no columns', () => {
    const files = { ...GOOD_FILES, 'train.csv': five };
    expect(load(files).image).toEqual({ rows: 2, cols: 2 });
    expect(refusal(UsageError, () => load(files, { labelColumn: 'first' }))).toBe(
      '--label-column needs --data with a table (CSV)',
    );
    expect(refusal(UsageError, () => load(files, { task: 'regression' }))).toMatch(/^--task needs --data with a table/);
    for (const asked of [
      { labelColumn: 'first' },
      { firstLabel: 1 },
      { transpose: true },
      { task: 'regression' },
    ] as const)
      expect(refusal(UsageError, () => loadDataset({ dataset: 'mnist', seed: 1, ...asked }))).toMatch(/ needs --data$/);
    expect(refusal(UsageError, () => load({ 'iris.csv': five }, { transpose: true }))).toMatch(
      /^--transpose needs pictures/,
    );
  });

  it('refuses a table that cannot be opened, and a folder of tables with folders in their place', () => {
    inFolder({}, (folder) => {
      const data = join(folder, 'none.csv');
      expect(refusal(DataError, () => loadDataset({ dataset: 'mnist', seed: 1, data }))).toMatch(
        /cannot be read \(ENOENT\)/,
      );
      mkdirSync(join(folder, 'train.csv'));
      writeFileSync(join(folder, 'notes.txt'), 'x');
      expect(refusal(DataError, () => loadDataset({ dataset: 'mnist', seed: 1, data: folder }))).toMatch(/found none/);
    });
  });
});
