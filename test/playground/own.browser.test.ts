// "Your own" in Chromium, used as a person would: the verdict on what stands in the editor, the
// same as on the command line; what goes wrong is a sentence; a link holds everything.
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIRST_CHOICE } from '../../src/playground/work/problem.ts';
import { filledTemplate, replaced, templateText } from '../../src/playground/own/filled.ts';
import { NO_BROWSER, done, overflow, seriousFaults } from '../browser.ts';
import type { Watched } from '../browser.ts';
import { backproof, newFolder } from '../cli/program.ts';
import { gradcheckDocument } from '../cli/documents.ts';
import { ask, busyAfter, gzipped, open, paste, serve, verdictOf } from './site.ts';

const RIGHT = filledTemplate();
const WRONG = replaced(RIGHT, 'bias[unit]! += d', 'bias[unit]! = d');
/** For mse on outputs without an activation: dz = 2 (a - t) / (B K). */
const MSE = replaced(RIGHT, '(p - targets[b]![k]!) / B', '(2 * (p - targets[b]![k]!)) / (B * row.length)');
const text = (selector: string) => `document.querySelector(${JSON.stringify(selector)}).innerText`;

/** Kilobytes gzipped that the page may take up to its first verdict. */
const BUDGET = 400;

describe.skipIf(NO_BROWSER !== null)(
  `a browser${NO_BROWSER === null ? '' : ` (skipped: ${NO_BROWSER})`}`,
  { timeout: 120_000 },
  () => {
    it('opens with a mistake that is found and named, within its budget, and asks nobody else', async () => {
      const { page, complaints, requests, files } = await open('', { fresh: true });
      expect(await verdictOf(page)).toBe('Disagree');
      expect(await page.locator('.headline').innerText()).toMatch(
        /^db2\[1\] of my-mlp\.ts \(candidate\) is wrong, 70,500 times/,
      );
      expect(await page.locator('.remedy').innerText()).toMatch(/accumulate with \+=, not =/);
      // and beside its line
      expect(await page.locator('.note-below').innerText()).toMatch(
        /^Each example overwrites the bias gradient.*Fix: db/,
      );
      expect(await page.locator('.line-wrong').innerText()).toContain('bias[unit]! = d');
      const own = [...new Set(files.map((file) => file.replace(/#.*/, '')))].filter((file) => file !== 'sw.js');
      const kilobytes = own.reduce((sum, file) => sum + gzipped(file), 0) / 1000;
      expect(kilobytes).toBeGreaterThan(100); // all of them were seen
      expect(kilobytes).toBeLessThan(BUDGET);
      expect({ complaints, requests }).toEqual({ complaints: [], requests: [] });
    });

    describe('the editor', () => {
      let editor: Watched;
      beforeAll(async () => {
        editor = await open();
        expect(await verdictOf(editor.page)).toBe('Disagree');
      });
      afterAll(() => done(editor));

      it('checks at a pause in typing, and shows what is wrong as a heat map', async () => {
        const { page, complaints } = editor;
        expect(await page.locator('.map canvas').first().getAttribute('aria-label')).toMatch(
          /^db2, all entries: All 2 entries/,
        );
        await paste(page, RIGHT);
        expect(await verdictOf(page)).toBe('Agree');
        expect(await page.locator('.note-below').count()).toBe(0);
        expect(await page.locator('.headline').innerText()).toMatch(/all 82 gradients are within rounding error/i);
        await busyAfter(page, async () => {
          await page.keyboard.press('Control+End');
          await page.keyboard.insertText('\nexport const conventions = { gradients: "sum" };\n');
        });
        expect(await verdictOf(page)).toBe('Disagree');
        expect(complaints).toEqual([]);
      });

      it('finds the line of a mistake by trying small changes, and says the one with which everything agrees', async () => {
        const { page, complaints } = editor;
        await paste(page, replaced(RIGHT, '(p - targets[b]![k]!) / B', 'p - targets[b]![k]!'));
        expect(await verdictOf(page)).toBe('Disagree');
        const note = page.locator('.note-below');
        await page.getByRole('button', { name: 'Go to line 91' }).click();
        await note.waitFor();
        expect(await note.innerText()).toMatch(
          /It was tried: with “let dz = .*\(p - targets\[b\]!\[k\]!\) \/ B.*” everything agrees/,
        );
        expect(await page.locator('.line-wrong').innerText()).toContain('p - targets[b]![k]!)');
        await paste(page, RIGHT);
        expect(await verdictOf(page)).toBe('Agree');
        expect(await note.count()).toBe(0);
        expect(complaints).toEqual([]);
      });

      it('says in a sentence what cannot be checked, at its line', async () => {
        const { page, complaints } = editor;
        const said = async (code: string): Promise<string> => {
          await paste(page, code);
          expect(await verdictOf(page)).toBe('Notchecked');
          return page.locator('.answer').innerText();
        };
        expect(await said('let a = 1;\nexport default function (')).toMatch(/Syntax error: .*\. Go to line 2/s);
        expect(await page.locator('.note-below').innerText()).toMatch(/Syntax error/);
        expect(await said('export default () => {\n  missing();\n};')).toMatch(
          /missing is not defined\. Go to line 2/s,
        );
        expect(await said("import x from 'lodash';\nexport default x;")).toMatch(/"lodash" cannot be imported here/);
        expect(await said('export const nothing = 1;')).toMatch(/exports neither value nor forward and backward/);
        await busyAfter(page, () => page.getByRole('button', { name: 'Undo all changes' }).click());
        expect(await verdictOf(page)).toBe('Disagree');
        expect(complaints).toEqual([]);
      });

      it('checks a function and a layer, chosen from the examples', async () => {
        const { page, complaints } = editor;
        const choose = async (example: string): Promise<string> => {
          await busyAfter(page, () => page.getByLabel('Start from').selectOption({ label: example }));
          await verdictOf(page);
          return page.locator('.headline').innerText();
        };
        expect(await choose('A function whose bias gradient is wrong')).toMatch(
          /^The gradient of my-function\.ts is wrong in bias/,
        );
        expect(await choose('A function: logistic regression')).toMatch(/is right \(3 numbers in 2 tensors/);
        expect(await choose('A layer without the derivative of tanh')).toMatch(/is wrong in/);
        expect(await page.locator('.map canvas').count()).toBeGreaterThan(0);
        expect(await choose('A layer: dense with tanh')).toMatch(/is right/);
        expect(await choose('Columns: the derivative at the wrong place')).toMatch(
          /mistake\.ts \(candidate\) is wrong/,
        );
        expect(complaints).toEqual([]);
      });
    });

    // The code uses no exp and no log, whose bits differ from runtime to runtime.
    it.each([
      ['a right network', MSE],
      ['a wrong one', replaced(MSE, 'bias[unit]! += d', 'bias[unit]! = d')],
      ['the template', templateText()],
    ])('the whole answer on %s is that of the command line, to the last bit', async (_, code) => {
      const { page } = await open('#draw');
      const file = join(newFolder(), 'my-mlp.ts');
      writeFileSync(file, code);
      const args = ['--dataset', 'xor', '--output', 'linear', '--reference', 'vector', '--json', '--out', newFolder()];
      const [outcome, run] = await Promise.all([
        ask(page, { name: 'my-mlp.ts', code, chosen: { ...FIRST_CHOICE, output: 'linear' }, caseText: '' }),
        backproof(['gradcheck', '--candidate', file, ...args]),
      ]);
      if (outcome.kind !== 'network') throw new Error(JSON.stringify(outcome));
      const { verdict, gradientCheck, updateCheck, settings } = gradcheckDocument(run.stdout);
      expect(JSON.parse(JSON.stringify(outcome.report))).toMatchObject(
        JSON.parse(JSON.stringify({ verdict, gradientCheck, updateCheck, settings })) as object,
      );
    });

    it('ends code that does not end, and code that ends its worker', async () => {
      const { page } = await open('', { fresh: true }); // its clock is another one from then on
      await verdictOf(page);
      await page.clock.install();
      await paste(page, 'export default () => {\n  for (;;);\n};');
      await page.clock.runFor(1000);
      await page.clock.runFor(25_000);
      expect(await verdictOf(page)).toBe('Notchecked');
      expect(await page.locator('.answer').innerText()).toMatch(/not checked within 20 s.*endless loop/s);
    });

    it('code cannot send anything anywhere, nor pass for its checker', async () => {
      let visits = 0;
      const elsewhere = await serve(() => {
        visits++;
        return { type: 'text/plain', body: 'caught' };
      });
      const { page } = await open('#draw');
      const spy = `fetch(${JSON.stringify(elsewhere)}, { mode: 'no-cors' })`;
      const code = `let tried = 'nothing';
      try { await ${spy}; tried = 'fetched'; } catch { tried = 'refused'; }
      try { new WebSocket(${JSON.stringify(elsewhere.replace('http', 'ws'))}); } catch {}
      try { await import(${JSON.stringify(elsewhere)}); } catch {}
      postMessage({ id: 1, outcome: { kind: 'network', report: { verdict: { kind: 'agree' } } } });
      export const parameters = [1], value = () => { throw new Error(tried); }, gradient = () => [0];`;
      const outcome = await ask(page, { name: 'spy.ts', code, chosen: FIRST_CHOICE, caseText: '' });
      expect(outcome).toMatchObject({ kind: 'failed', said: expect.stringContaining('refused') as unknown });
      expect(visits).toBe(0);
      await page.evaluate(`${spy}.catch(() => {})`); // the page itself is no better off
      expect(visits).toBe(0);
      expect((await fetch(elsewhere)).status).toBe(200); // it would have answered
      expect(visits).toBe(1);
    });

    it('a link holds the text and the network; a damaged one is said to be', async () => {
      const first = await open();
      const { page } = first;
      await verdictOf(page);
      await page.getByText('The network that it is asked about').click();
      await page.locator('.fields select').first().selectOption('moons');
      await paste(page, `// mine\n${WRONG}`);
      await verdictOf(page);
      await page.getByRole('button', { name: 'Copy link' }).click();
      const { hash } = new URL(page.url());
      expect(hash).toMatch(/^#own\/[\w-]+$/);
      await done(first);
      const other = await open(hash);
      expect(await verdictOf(other.page)).toBe('Disagree');
      expect(await other.page.evaluate(text('.cm-content'))).toMatch(/^\/\/ mine\n/);
      expect(await other.page.evaluate(text('.network-choice summary'))).toMatch(/moons, 16 hidden units/);
      await other.page.getByRole('button', { name: 'Copy link' }).click();
      await other.page.getByRole('button', { name: /Copied|address bar/ }).waitFor();
      expect(new URL(other.page.url()).hash).toBe(hash);
      await done(other);
      const damaged = await open(hash.slice(0, 40));
      expect(await damaged.page.locator('.notice').innerText()).toMatch(/^The link is damaged/);
      expect(await verdictOf(damaged.page)).toBe('Disagree');
      expect([...other.complaints, ...damaged.complaints]).toEqual([]);
    });

    it('axe-core finds nothing serious in light and dark, and it fits a phone', async () => {
      const { page } = await open('#own', { colorScheme: 'dark', width: 390, height: 844 });
      await verdictOf(page);
      expect(await overflow(page)).toBe(0);
      expect(await seriousFaults(page)).toEqual([]);
      await page.setViewportSize({ width: 1280, height: 800 });
      expect(await seriousFaults(page, { rules: ['color-contrast'] })).toEqual([]);
      await page.emulateMedia({ colorScheme: 'light' });
      expect(await seriousFaults(page)).toEqual([]);
    });
  },
);
