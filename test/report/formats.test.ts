// The same report in every format: nothing is lost or invented, and failures are where each reader
// looks for them.
import { convert } from 'xmlbuilder2';
import { expect, test } from 'vitest';
import { formatJson } from '../../src/report/formats/json.ts';
import { formatJunit } from '../../src/report/formats/junit.ts';
import { formatMarkdown } from '../../src/report/formats/markdown.ts';
import { reportSchema } from '../../src/report/schema/report.ts';
import { formatCount } from '../../src/report/words/numbers.ts';
import { formatTerminal } from '../../src/report/formats/terminal.ts';
import { realReport } from './fixture.ts';

const right = await realReport();
const wrong = await realReport({ fault: 'sign@1' });
const overflowed = await realReport({ learningRate: 3e38 });

test('JSON fits the schema and holds the figures of the run', () => {
  const document = reportSchema.parse(JSON.parse(formatJson(right)));
  expect(document).toEqual(JSON.parse(JSON.stringify(right)));
  expect(document.verdict).toEqual({ kind: 'identical' });
});

test('JSON has no NaN: an overflow is written as a word', () => {
  const text = formatJson(overflowed);
  const document = reportSchema.parse(JSON.parse(text));
  if (document.kind !== 'compare') throw new Error('another kind');
  expect(['NaN', 'Infinity']).toContain(document.freeRun.loss.candidate.at(-1));
  expect(text).not.toMatch(/: null,\n\s*"reference": null\n\s*\},\n\s*"finalLoss"/);
});

test('the schema refuses a document with a field missing, unknown or of another type', () => {
  const document = JSON.parse(formatJson(right)) as Record<string, unknown>;
  const { verdict: _verdict, ...without } = document;
  expect(reportSchema.safeParse(without).success).toBe(false);
  expect(reportSchema.safeParse({ ...document, extra: 1 }).success).toBe(false);
  expect(reportSchema.safeParse({ ...document, schemaVersion: 2 }).success).toBe(false);
  expect(reportSchema.safeParse(document).success).toBe(true);
});

test('terminal and Markdown name the wrong layer, entry and engine, and the three numbers', () => {
  const [finding] = wrong.verdict.kind === 'disagree' ? wrong.verdict.findings : [];
  if (finding?.kind !== 'beyond-bound') throw new Error('no finding');
  const { parameter, index } = finding.measure;
  expect(parameter).toBe('W1');
  for (const text of [formatTerminal(wrong, false), formatMarkdown(wrong)]) {
    expect(text).toContain(`dW1[${index.join(',')}] of vector f32 (candidate) is wrong: `);
    expect(text).toMatch(/: (-?[\d.e-]+), exact (-?[\d.e-]+) \(tfjs cpu (-?[\d.e-]+)\); \S+ times the allowed error/);
    expect(text).toMatch(/Fix: .* \(sign at layer 1\)\./);
    expect(text).toContain('Right: loss, W2, b2. Wrong: W1, b1.');
    expect(text.toLowerCase()).toContain('disagree');
  }
  expect(formatTerminal(right, false)).not.toContain('wrong');
});

test('colour is added only on request', () => {
  expect(formatTerminal(right, false)).not.toContain('\u001b[');
  expect(formatTerminal(right, true)).toContain('\u001b[');
});

test('Markdown tables have the same number of cells in every row, whatever the machine is called', () => {
  for (const report of [right, wrong, overflowed]) {
    const blocks = formatMarkdown(report)
      .split('\n\n')
      .filter((block) => block.startsWith('|'));
    expect(blocks.length).toBeGreaterThanOrEqual(2);
    for (const block of blocks) {
      const cells = block.split('\n').map((line) => line.split(/(?<!\\)\|/).length);
      expect(new Set(cells).size).toBe(1);
    }
  }
});

interface Suites {
  testsuites: {
    '@tests': string;
    '@failures': string;
    testsuite: { '@name': string; testcase: Record<string, unknown>[] }[];
  };
}

test('JUnit counts its test cases, and the failures are in the wrong tensors', () => {
  const read = (xml: string): Suites => convert(xml, { format: 'object' }) as unknown as Suites;
  const { testsuites: good } = read(formatJunit(right));
  expect(good['@failures']).toBe('0');
  expect(Number(good['@tests'])).toBe(good.testsuite.flatMap((s) => s.testcase).length);
  const { testsuites: bad } = read(formatJunit(wrong));
  const check = bad.testsuite.find((s) => s['@name'] === 'gradient check');
  const failed = check?.testcase.filter((c) => 'failure' in c).map((c) => c['@name']);
  expect(failed).toEqual(['W1', 'b1']);
  expect(Number(bad['@failures'])).toBeGreaterThanOrEqual(2);
});

test('counts have a comma before every three digits, as in en-US, whatever the locale is', () => {
  const counts = [0, 7, 999, 1000, 12345, 101770, 1e6, 123456789, -1, -999, -1000, -123456];
  expect(counts.map(formatCount)).toEqual(counts.map((n) => n.toLocaleString('en-US')));
});
