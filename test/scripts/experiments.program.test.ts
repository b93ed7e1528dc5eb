// `npm run experiments` as a whole: a quick run of every question, the files it writes, and the
// requests it refuses.
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { create } from 'xmlbuilder2';
import type { Experiment } from '../../scripts/experiments/experiment.ts';
import { runExperiments } from '../../scripts/experiments/experiments.ts';
import { EXPERIMENTS } from '../../scripts/experiments/questions/registry.ts';
import { readSection } from '../../scripts/experiments/store.ts';
import type { Section } from '../../scripts/experiments/section.ts';
import type { Io } from '../../src/program/io.ts';
import { numbersOf } from './experiments-quick.ts';
import { unexplained } from './numerals.ts';

const LIMIT = 300_000; // milliseconds, on a busy machine; an idle one needs a tenth
const NAMES = EXPERIMENTS.map(({ name }) => name);
const sections = new Map<string, Section>();

let folder: string;
let said = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'experiments test '));
  const { code, stdout, stderr } = await run('--quick', '--out', folder);
  expect(code, stderr).toBe(0);
  said = stdout;
  for (const name of NAMES) sections.set(name, readSection(folder, name) as Section);
}, LIMIT);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Heard {
  code: number;
  stdout: string;
  stderr: string;
}

async function run(...argv: string[]): Promise<Heard> {
  return runWith(argv, EXPERIMENTS);
}

/** @param onErr gets what goes to stderr, and may interrupt */
async function runWith(
  argv: readonly string[],
  all: readonly Experiment[],
  onErr: (abort: AbortController) => void = () => {},
): Promise<Heard> {
  const abort = new AbortController();
  const heard = { stdout: '', stderr: '' };
  const io: Io = {
    ...{ outIsTty: false, errIsTty: false, signal: abort.signal },
    out: (text) => (heard.stdout += text),
    err: (text) => {
      heard.stderr += text;
      onErr(abort);
    },
    now: () => performance.now(),
    date: () => new Date('2026-01-02T03:04:05Z'),
  };
  const code = await runExperiments(argv, io, all);
  return { code, ...heard };
}

const page = (): string => readFileSync(join(folder, 'index.html'), 'utf8');
const text = (html: string): string =>
  html
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

describe.each(EXPERIMENTS)('$name', ({ name, question }) => {
  const section = (): Section => sections.get(name) as Section;

  it('states only numbers that it measured', () => {
    const { sentences, numbers } = section().answer;
    expect(sentences.length).toBeGreaterThanOrEqual(2);
    expect(sentences.length).toBeLessThanOrEqual(4);
    expect(unexplained(sentences, numbers)).toEqual([]);
    // Negative control: the numbers of another experiment do not explain them.
    const other = sections.get(NAMES[(NAMES.indexOf(name) + 1) % NAMES.length]) as Section;
    expect(unexplained(sentences, other.answer.numbers)).not.toEqual([]);
  });

  it('prints no NaN, infinity or undefined', () => {
    const { sentences, tables, figures } = section().answer;
    const all = JSON.stringify([sentences, tables, figures.map(({ caption, alternative }) => [caption, alternative])]);
    expect(all).not.toMatch(/\b(NaN|Infinity|undefined|null)\b/);
  });

  it('has figures that are pictures with alternative texts', () => {
    const { figures } = section().answer;
    expect(figures.length).toBeGreaterThan(0);
    for (const { svg, alternative, caption } of figures) {
      expect(alternative.length).toBeGreaterThan(20);
      expect(caption.length).toBeGreaterThan(10);
      expect(svg.match(/<(path|text|image|rect) /g)?.length).toBeGreaterThan(3);
      expect(svg).toMatch(/<(rect|polygon) [^>]*fill="#fffffe"/);
      expect(svg).not.toMatch(/NaN|undefined|class=/);
      expect(() => create(svg)).not.toThrow();
    }
  });

  it('is on both pages', () => {
    const { sentences, figures, tables } = section().answer;
    const markdown = readFileSync(join(folder, 'README.md'), 'utf8');
    for (const sentence of sentences) expect(text(page()).includes(sentence), sentence).toBe(true);
    expect(markdown).toContain(`## ${question}`);
    for (const figure of figures) expect(markdown).toContain(`](${name}-${figure.name}.svg)`);
    for (const { caption } of tables)
      expect(text(page()).includes(`<caption>${caption}</caption>`), caption).toBe(true);
    expect(said).toContain(sentences[0]);
  });

  it('gives the same numbers for the same seed', { timeout: LIMIT }, async () => {
    expect(await numbersOf(name)).toEqual(section().answer.numbers);
  });
});

describe('the page', () => {
  it('loads nothing else, and every id is unique', () => {
    expect(page().match(/<script|<iframe|@import|src="|url\((?!#)/)).toBeNull();
    expect([...page().matchAll(/\bhref="([^"]*)"/g)].map(([, to]) => to)).toSatisfy((all: string[]) =>
      all.every((to) => to.startsWith('#') || to.startsWith('data:') || /^[\w-]+\.json$/.test(to)),
    );
    const ids = [...page().matchAll(/\bid="([^"]*)"/g)].map(([, id]) => id);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    const used = [...page().matchAll(/url\(#([^)]*)\)/g)].map(([, id]) => id);
    expect(used.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('has every figure as an image with its alternative text, in the text colour of the page', () => {
    const figures = [...sections.values()].flatMap(({ answer }) => answer.figures);
    expect(page().match(/<svg role="img" aria-label="[^"]{20,}"/g)).toHaveLength(figures.length);
    const [style, body] = page().split('</style>');
    expect(body.match(/#010203|#fffffe|#d8d9da/gi)).toBeNull();
    expect(body.includes('currentColor')).toBe(true);
    expect(style).toContain('color-scheme: light dark');
  });

  it('lists its contents', () => {
    for (const { name, question } of EXPERIMENTS)
      expect(text(page()).includes(`<a href="#${name}">${question}</a>`), name).toBe(true);
  });
});

describe('an experiment chosen by name', () => {
  const [{ name }] = EXPERIMENTS;
  const copy = (): string => {
    const other = mkdtempSync(join(folder, 'copy '));
    for (const file of readdirSync(folder).filter((f) => /\.(svg|json)$/.test(f))) {
      writeFileSync(join(other, file), readFileSync(join(folder, file)));
    }
    return other;
  };

  it('is run again, and the others stay on the page', { timeout: LIMIT }, async () => {
    const out = copy();
    const { code, stdout } = await run(name, '--quick', '--seed', '7', '--out', out);
    expect(code).toBe(0);
    const html = text(readFileSync(join(out, 'index.html'), 'utf8'));
    for (const { question } of EXPERIMENTS) expect(html.includes(`>${question}</h2>`), question).toBe(true);
    expect(html.includes(`npm run experiments -- ${name} --quick --seed 7`)).toBe(true);
    expect(stdout).not.toContain(EXPERIMENTS[1].question);
    const numbers = readSection(out, name)?.answer.numbers;
    expect(numbers).not.toEqual(sections.get(name)?.answer.numbers);
  });

  it('gets a page without the stored results that are broken, and these are named', { timeout: LIMIT }, async () => {
    const out = copy();
    const [, { name: broken, question }] = EXPERIMENTS;
    writeFileSync(join(out, `${broken}.json`), '{ "schemaVersion": 1 }');
    const { code, stderr } = await run(name, '--quick', '--out', out);
    expect(code).toBe(0);
    expect(stderr).toContain(`${broken}.json: cannot be used (`);
    expect(readFileSync(join(out, 'index.html'), 'utf8').includes(question)).toBe(false);
  });
});

describe('refused with exit code 2 and one line', () => {
  it.each([
    [['nonsense'], new RegExp(`^experiments: unknown experiment "nonsense"; choose from ${NAMES.join(', ')}\n$`)],
    [['--nonsense'], /^experiments: Unknown argument: nonsense; see --help\n$/],
    [['--seed', 'one'], /^experiments: --seed: expected a whole number, got "one"\n$/],
    [['--seed', '1', '--seed', '2'], /^experiments: --seed: expected once, got several\n$/],
    [['--out', '/proc/nowhere'], /^experiments: \/proc\/nowhere: cannot be written \(\w+\); .*--out\n$/],
  ])('%j', async (argv, message) => {
    const { code, stdout, stderr } = await run(...argv);
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([2, '']);
  });
});

it('--help and --list name every experiment', async () => {
  const [help, list] = [await run('--help'), await run('--list')];
  expect([help.code, list.code]).toEqual([0, 0]);
  for (const { name, question } of EXPERIMENTS) {
    expect(help.stdout).toContain(name);
    expect(list.stdout).toMatch(new RegExp(`^${name} +.*$`, 'm'));
    expect(list.stdout).toContain(question);
  }
});

it('an interruption gives one line and exit code 130, and nothing is written', { timeout: LIMIT }, async () => {
  const out = mkdtempSync(join(folder, 'interrupted '));
  const argv = [NAMES[0], '--quick', '--out', out];
  const { code, stdout, stderr } = await runWith(argv, EXPERIMENTS, (abort) => abort.abort());
  expect(stderr).toBe(`${NAMES[0]} (1 of 1)\nexperiments: interrupted, nothing was written\n`);
  expect([code, stdout, readdirSync(out)]).toEqual([130, '', []]);
});

it('an exception in an experiment is an internal error', async () => {
  const broken = { name: 'broken', question: 'Why?', run: () => Promise.reject(new Error('no reason')) };
  const out = mkdtempSync(join(folder, 'broken '));
  const { code, stderr } = await runWith(['--out', out], [broken]);
  expect(code).toBe(4);
  expect(stderr).toContain('experiments: no reason\n');
  expect(readdirSync(out)).toEqual([]);
});
