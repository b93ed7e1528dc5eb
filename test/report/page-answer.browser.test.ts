// What the page says where something is wrong: the fix at the top, each tensor in its colour, and
// every entry of a wrong one.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkCase } from '../../src/check/expected/case-check.ts';
import type { SideMap } from '../../src/check/diagnosis/entry-map.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { injectionOf, parseFault } from '../../src/faults/registry.ts';
import { parseCase } from '../../src/network/case.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { answerOf } from '../../src/report/answer/answer.ts';
import { formatHtml } from '../../src/report/html/page.ts';
import type { CompareReport, GradcheckReport } from '../../src/report/report.ts';
import { formatPlace } from '../../src/report/words/findings.ts';
import { NO_BROWSER, done, overflow, seriousFaults, until, visit } from '../browser.ts';
import type { Watched } from '../browser.ts';
import { realReport } from './fixture.ts';
import { cells, open, text, texts, write } from './page.ts';

const FAULTS = [
  'bias-not-summed@1',
  'missing-batch-mean',
  'transposed-product@1',
  'missing-activation-derivative@1',
  'ascent',
] as const;
type Named = (typeof FAULTS)[number];
const FORMULAS: Record<Named, { wrong: string; right: string }> = {
  'bias-not-summed@1': {
    wrong: 'db1 = dz1 of example 0 alone',
    right: 'db1 = Σ_b dz1 (over the examples of the batch)',
  },
  'missing-batch-mean': {
    wrong: 'dz2 = (softmax(z2)·Σ_j target_j - target)',
    right: 'dz2 = (softmax(z2)·Σ_j target_j - target) / B',
  },
  'transposed-product@1': { wrong: 'dW1 = dz1ᵀ x', right: 'dW1 = xᵀ dz1' },
  'missing-activation-derivative@1': { wrong: 'dz1 = dz2 W2ᵀ', right: 'dz1 = (dz2 W2ᵀ) ⊙ (1 where z > 0, else 0)' },
  ascent: { wrong: 'w ← w + lr·step', right: 'w ← w - lr·g' },
};

const reports = {} as Record<Named, CompareReport>;
let right: CompareReport;
beforeAll(async () => {
  if (NO_BROWSER !== null) return;
  right = await realReport({ dataset: 'mnist' });
  for (const fault of FAULTS) reports[fault] = await realReport({ dataset: 'mnist', fault });
});

/** A report of one batch, as gradcheck leaves it. */
function ofBatch({
  lockstep: _l,
  freeRun: _f,
  pictures: _p,
  baseline: _b,
  interrupted: _i,
  ...head
}: CompareReport): GradcheckReport {
  return { ...head, kind: 'gradcheck', updateCheck: null, cases: [], verdict: head.gradientCheck.verdict };
}

/** What is below the window, or cut at its side. */
function outside(page: Page, selector: string): Promise<string[]> {
  return page.evaluate<string[]>(
    `[...document.querySelectorAll('${selector}')].filter((e) => { const b = e.getBoundingClientRect(); return b.height === 0 || b.bottom > innerHeight || b.right > innerWidth || b.top < 0; }).map((e) => e.innerText)`,
  );
}

/** The colour of each cell of a canvas: none, above, below. */
function drawn(page: Page, map: string): Promise<{ rows: number; cols: number; cells: string[] }> {
  return page.evaluate(
    `(() => { const c = document.querySelector('[id="${map}"] canvas'); const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
      const cells = Array.from({ length: c.width * c.height }, (_, i) => d[4 * i + 3] === 0 ? 'none' : d[4 * i] > d[4 * i + 2] ? 'above' : 'below');
      return { rows: c.height, cols: c.width, cells }; })()`,
  );
}

describe.skipIf(NO_BROWSER !== null)(`the answer at the top of a page (${NO_BROWSER ?? 'Chromium'})`, () => {
  describe.each(FAULTS)('%s', (fault) => {
    let laptop: Watched;
    beforeAll(async () => {
      laptop = await open(fault, reports[fault], { width: 1280, height: 800 });
    });
    afterAll(() => done(laptop));

    test.each([
      ['a laptop', () => laptop],
      ['a phone', () => open(fault, reports[fault], { width: 390, height: 844 })],
    ])('place, cause, fix, both formulas and three numbers are seen without scrolling on %s', async (_, opened) => {
      const report = reports[fault];
      const { page, complaints } = await opened();
      const { trouble } = answerOf(report);
      if (trouble === null) throw new Error('nothing is wrong');
      expect(await text(page, '.headline')).toContain(
        formatPlace({ parameter: trouble.place.name, index: trouble.place.index }),
      );
      expect(await text(page, '.cause')).toContain(trouble.faults[0]?.fault);
      expect(await text(page, '.remedy')).toContain(trouble.faults[0]?.remedy);
      expect(await text(page, '.formulas .bad dd')).toBe(FORMULAS[fault].wrong);
      expect(await text(page, '.formulas .good dd')).toBe(FORMULAS[fault].right);
      expect(await page.locator('.three dd').count()).toBe(3);
      expect(await outside(page, 'h1, .headline, .cause p, .remedy, .formulas dd, .three dd')).toEqual([]);
      expect(await overflow(page)).toBe(0);
      expect(complaints).toEqual([]);
    });

    test('the three numbers are those of the JSON, and the wrong one is marked', async () => {
      const { page } = laptop;
      const { trouble } = answerOf(reports[fault]);
      if (trouble === null) throw new Error('nothing is wrong');
      const { found, other, exact } = trouble.values;
      const shown = (await texts(page, '.three dd')).map(Number);
      [found, other ?? NaN, exact].forEach((x, n) =>
        expect(shown[n]).toBeCloseTo(x, 12 - Math.ceil(Math.log10(Math.abs(x) + 1e-12)) - 8),
      );
      expect(await page.locator('.three > div').first().getAttribute('class')).toBe('bad');
    });

    test('the strip has the verdicts of the tensors, and not by colour alone', async () => {
      const { gradientCheck, lockstep } = reports[fault];
      const { page } = laptop;
      const chip = async (href: string): Promise<[string, string]> => {
        const one = page.locator(`.strip a[href="#${href}"]`);
        return [
          (await one.getAttribute('class'))?.split(' ')[1] ?? '',
          (await one.innerText()).replaceAll(/\s+/g, ' ').trim(),
        ];
      };
      const isWrong = (name: string): boolean =>
        [
          ...gradientCheck.parameters,
          ...gradientCheck.questions.flatMap((q) => q.measures),
          ...lockstep.gradients,
        ].some((m) => m.parameter === name && m.left !== null);
      const updateIsWrong = (name: string): boolean =>
        [...lockstep.updates, ...lockstep.trainSteps].some((m) => m.parameter === name && m.left !== null);
      for (const { parameter } of gradientCheck.parameters) {
        const [way, mark] = isWrong(parameter) ? ['wrong', '✗'] : ['right', '✓'];
        expect(await chip(`tensor-d${parameter}`)).toEqual([way, `${mark} d${parameter} ${way}`]);
        const [then, sign] = updateIsWrong(parameter) ? ['wrong', '✗'] : ['right', '✓'];
        expect(await chip(`update-${parameter}`)).toEqual([then, `${sign} ${parameter} ${then}`]);
      }
      const first = gradientCheck.firstWrong.candidate?.name;
      if (first !== undefined) expect((await chip(`tensor-${first}`))[0]).toBe('wrong');
      expect((await chip('tensor-loss'))[0]).toBe('right');
    });
  });

  test('a click and the keyboard lead from the strip to what is known of a tensor', async () => {
    const { page } = await open('bias-not-summed@1', reports['bias-not-summed@1'], { height: 800 });
    for (const [name, way] of [
      ['db1', 'click'],
      ['dW2', 'click'],
      ['b1', 'Enter'],
      ['loss', 'Enter'],
    ] as const) {
      const id = name === 'b1' ? 'update-b1' : `tensor-${name}`;
      const chip = page.locator(`.strip a[href="#${id}"]`);
      await (way === 'click' ? chip.click() : chip.press('Enter'));
      await until(
        page,
        `(() => { const b = document.getElementById('${id}')?.getBoundingClientRect(); return b !== undefined && b.height > 0 && b.top >= 0 && b.bottom <= innerHeight; })()`,
      );
      expect(await page.locator(`[id="${id}"]`).innerText()).toContain(name);
    }
  });

  test('a finding is said once', async () => {
    const { page } = await open('bias-not-summed@1', reports['bias-not-summed@1']);
    const words = await page.locator('main').innerText();
    for (const sentence of ['The bias gradient is not summed over the batch', 'db1[', 'is wrong, '])
      // five worst entries below it
      expect(words.split(sentence).length - 1).toBeLessThanOrEqual(sentence === 'db1[' ? 6 : 1);
  });

  test('a wrong training step whose parts are right has no formula of the optimizer', async () => {
    const early = await realReport({ dataset: 'mnist', fault: 'updated-before-used' });
    const { page } = await visit(write('early', await formatHtml(early)));
    expect(await text(page, '.headline')).toMatch(
      /after a training step at step \d+ of the run is wrong in vector f32 \(candidate\)/,
    );
    expect(await page.locator('.formulas').count()).toBe(0);
  });
});

describe.skipIf(NO_BROWSER !== null)(`the map of a wrong tensor (${NO_BROWSER ?? 'Chromium'})`, () => {
  /** A report in which exactly these entries of dW1 (784, 8) are wrong. */
  function withWrong(entries: readonly number[]): CompareReport {
    const report = reports['transposed-product@1'];
    const bytes = Buffer.alloc(784 * 8, 128);
    for (const i of entries) bytes[i] = 255;
    const map: SideMap = {
      ...{ parameter: 'W1', side: 'candidate', shape: [784, 8], rows: 784, cols: 8 },
      ...{ rowsPerCell: 1, colsPerCell: 1, wrong: entries.length, most: 1000, bytes: bytes.toString('base64') },
    };
    return { ...report, gradientCheck: { ...report.gradientCheck, maps: [map] } };
  }

  /** Inputs of dW1 with a colour, as drawn: inputs run across. */
  async function wrongInputs(page: Page): Promise<{ across: number[]; down: number[]; cols: number }> {
    const { rows, cols, cells } = await drawn(page, 'tensor-dW1-map-candidate');
    const at = [...cells.keys()].filter((i) => cells[i] !== 'none');
    const unique = (all: number[]): number[] => [...new Set(all)].sort((a, b) => a - b);
    expect(cells).toHaveLength(rows * cols);
    return { across: unique(at.map((i) => i % cols)), down: unique(at.map((i) => Math.floor(i / cols))), cols };
  }

  test('shows exactly the wrong row, and says which it is', async () => {
    const row = Array.from({ length: 8 }, (_, c) => 402 * 8 + c);
    const { page } = await visit(write('row', await formatHtml(withWrong(row))));
    const { across, down, cols } = await wrongInputs(page);
    expect([across, down, cols]).toEqual([[402], [0, 1, 2, 3, 4, 5, 6, 7], 784]);
    expect(await text(page, '.pattern')).toContain(
      '8 of 6,272 entries are wrong, all in input 402; all are above the exact values.',
    );
  });

  test('shows exactly the wrong column, on a phone too, where cells stand for several entries', async () => {
    const column = Array.from({ length: 784 }, (_, r) => r * 8 + 5);
    const { page } = await visit(write('column', await formatHtml(withWrong(column))), { width: 390 });
    const { across, down, cols } = await wrongInputs(page);
    expect(cols).toBeLessThan(390);
    expect([across.length, down]).toEqual([cols, [5]]);
    expect(await text(page, '.pattern')).toContain('all in unit 5');
  });

  test('shows one wrong entry of 6,272 on a phone', async () => {
    const { page } = await visit(write('one', await formatHtml(withWrong([402 * 8 + 5]))), { width: 390 });
    const { across, down } = await wrongInputs(page);
    expect([across.length, down]).toEqual([1, [5]]);
    expect(await text(page, '.pattern')).toContain('1 of 6,272 entries is wrong, all in input 402');
  });

  test('of a first layer of pictures is drawn as pictures as well, one per unit that is wrong', async () => {
    const { page } = await visit(write('pictures', await formatHtml(withWrong([402 * 8 + 5, 10 * 8 + 2]))));
    const names = await page.evaluate<string[]>(
      `[...document.querySelectorAll('.maps canvas')].map((c) => c.ariaLabel)`,
    );
    expect(names).toEqual(['unit 2: 1 of 784 wrong', 'unit 5: 1 of 784 wrong']);
    const pixels = await page.evaluate<number[]>(
      `[...document.querySelector('.maps canvas').getContext('2d').getImageData(0, 0, 28, 28).data].flatMap((x, i) => i % 4 === 3 && x > 0 ? [(i - 3) / 4] : [])`,
    );
    expect(pixels).toEqual([10]);
  });

  test('says the entry that a pointer is at', async () => {
    const { page } = await visit(write('pointer', await formatHtml(withWrong([402 * 8 + 5]))));
    const canvas = page.locator('#tensor-dW1-map-candidate canvas');
    const box = await canvas.boundingBox();
    if (box === null) throw new Error('no map is drawn');
    await canvas.hover({ position: { x: ((402 + 0.5) / 784) * box.width, y: ((5 + 0.5) / 8) * box.height } });
    expect(await text(page, '#tensor-dW1-map-candidate .pointed')).toBe(
      'dW1[402,5]: about 1,000 times the allowed error, above the exact value',
    );
  });

  test('of examples shows which ones are wrong', async () => {
    const report = reports['missing-activation-derivative@1'];
    const { page } = await open('missing-activation-derivative@1', report);
    const { rows, cols, cells } = await drawn(page, 'tensor-dz1-map-candidate');
    const map = report.gradientCheck.firstWrong.candidate?.map;
    expect(map).toMatchObject({ rows: 16, cols: 8 });
    expect([rows, cols].sort()).toEqual([16, 8].sort());
    expect(cells.filter((c) => c !== 'none')).toHaveLength(map?.wrong ?? -1);
    expect(await text(page, '#tensor-dz1-map-candidate')).toContain('examples run across, units down');
  });

  test('where all is right there is none', async () => {
    const { page } = await open('right', right);
    expect(await page.locator('.map').count()).toBe(0);
    expect(await page.locator('.chip.wrong, .chip.missing').count()).toBe(0);
  });
});

describe.skipIf(NO_BROWSER !== null)(`the page of a gradient check (${NO_BROWSER ?? 'Chromium'})`, () => {
  test.each([
    ['right', undefined],
    ['wrong', 'transposed-product@1'],
  ] as const)('of a batch that is %s', async (kind, fault) => {
    const report = ofBatch(fault === undefined ? right : reports[fault]);
    const { page, complaints, requests } = await open(`gradcheck-${kind}`, report, { width: 390, height: 844 });
    expect([...complaints, ...requests]).toEqual([]);
    expect((await text(page, 'h1')).toLowerCase()).toContain(report.verdict.kind);
    expect(await page.locator('.strip .chip.wrong').count()).toBe(fault === undefined ? 0 : 1);
    expect(await page.locator('#checks tbody tr').count()).toBeGreaterThan(6);
    expect(await overflow(page)).toBe(0);
    expect(await seriousFaults(page)).toEqual([]);
  });

  test('of case files lists them all, and leads to each', async () => {
    const { page, complaints } = await open('cases', await cases(), { width: 390, height: 844 });
    expect(complaints).toEqual([]);
    expect(await text(page, 'h1')).toContain('Disagree');
    expect(await page.locator('#cases tbody tr').count()).toBe(2);
    await page.locator('#cases a').first().click();
    await page.locator('#case-1 .strip').waitFor();
    expect(await page.locator('#case-1 .chip.wrong').count()).toBe(0);
    expect(await page.locator('#case-2 .chip.wrong').count()).toBeGreaterThan(0);
    await page.locator('#case-2 .chip.wrong').first().click();
    expect(await page.evaluate<string>('location.hash')).toMatch(/^#case-2-tensor-d/);
    expect(await overflow(page)).toBe(0);
    expect(await seriousFaults(page)).toEqual([]);
  });

  test('of a case that expects a wrong loss marks that loss, and no gradient', async () => {
    const { page, complaints } = await open('disputed', await cases(99));
    expect(complaints).toEqual([]);
    expect(await page.locator('h1 ~ .fix').count()).toBe(0); // the numbers of one case are not those of all
    expect(await text(page, '#case-1-expected')).toMatch(/^entry[^]*loss\s+99\s/);
    const [disputed, ...others] = await texts(page, '#case-1 .chip.disputed');
    expect([disputed?.replaceAll(/\s+/g, ' '), others]).toEqual(['≠ loss not as the case expects', []]);
    expect((await texts(page, '#case-1 .tensors'))[0]).toMatch(/^Expected by the case:\s+✗ wrong loss\s+✓ right W1/);
    expect((await cells(page, '#cases'))[2]).toMatch(/^≠ loss: expected 99, exact /);
    expect(await seriousFaults(page)).toEqual([]);
  });
});

/**
 * Two cases, the second with a mistake in the candidate.
 * @param loss that both cases expect; default: the right one
 */
async function cases(loss?: number): Promise<GradcheckReport> {
  const file = fileURLToPath(new URL('../../data/cases/torch-sgd.json', import.meta.url));
  const read = parseCase(readFileSync(file, 'utf8'), file);
  const { expected } = read;
  const problem =
    loss === undefined || expected === null ? read : { ...read, expected: { ...expected, loss, training: null } };
  const optimizer = optimizerSpec('sgd');
  const { network } = problem;
  const setting = { network, optimizer, scaling: { mean: 0, deviation: 255 } };
  const inject = (injection: ReturnType<typeof injectionOf>) =>
    createEngine('vector', network, optimizer, { dtype: 'f64', injection });
  const check = async (name: string, fault: string | null) => {
    const injection = fault === null ? {} : { injection: injectionOf(parseFault(fault, setting), setting) };
    const candidate = await createEngine('vector', network, optimizer, injection);
    const reference = await createEngine('autograd', network, optimizer);
    return checkCase({ ...problem, name }, optimizer, { candidate, reference }, { injector: { setting, inject } });
  };
  const both = [await check('right', null), await check('wrong', 'sign@1')];
  const head = ofBatch(reports['transposed-product@1']);
  return { ...head, settings: null, gradientCheck: null, updateCheck: null, cases: both, verdict: both[1].verdict };
}
