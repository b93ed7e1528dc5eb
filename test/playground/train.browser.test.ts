// Training, drawing and the nine questions of the playground in Chromium, used as a person would;
// the numbers are those of Node.
import { describe, expect, it } from 'vitest';
import { SMALL } from '../../scripts/playground/digits.ts';
import { loadDataset } from '../../src/data/load.ts';
import { BROWSER_BACKENDS } from '../../src/engines/tfjs/backends.ts';
import { FLAGS } from '../../src/engines/tfjs/browser/launch.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { measured } from '../../src/playground/questions/live.ts';
import { DEFAULT_CHOICES, runOf } from '../../src/playground/train/choices.ts';
import { Session } from '../../src/playground/train/session.ts';
import { formatNumber } from '../../src/report/words/numbers.ts';
import { NO_BROWSER, overflow, seriousFaults } from '../browser.ts';
import { open } from './site.ts';

const digits = loadDataset({ dataset: 'mnist', data: SMALL, seed: 1 });
/** One browser for all backends. */
const SOFTWARE = BROWSER_BACKENDS.flatMap((backend) => FLAGS[backend].software);
const CLEAN = { complaints: [], requests: [] };

describe.skipIf(NO_BROWSER !== null)(
  `a browser${NO_BROWSER === null ? '' : ` (skipped: ${NO_BROWSER})`}`,
  { timeout: 120_000 },
  () => {
    it('trains one step, shows the verdict and the losses of Node, goes on, pauses and resets', async () => {
      const choices = { ...DEFAULT_CHOICES, hidden: [8] };
      const run = runOf(choices, digits);
      const session = await Session.open(run, choices.every, {
        candidate: () => createEngine('vector', run.network, run.optimizer),
        reference: () => createEngine('tfjs', run.network, run.optimizer, { backend: 'cpu' }),
      });
      const { losses, check } = await session.step();
      await session.dispose();

      const { page, complaints, requests, files } = await open('#train');
      await page.getByLabel('Hidden units').fill('8');
      await page.getByLabel('Hidden units').press('Tab');
      await page.getByText(/784-8-10, 6,370 weights and biases/).waitFor();
      expect(files.filter((file) => file.includes('tfjs-'))).toEqual([]);
      await page.getByRole('button', { name: 'One step' }).click();
      await page.getByText('Paused after 1 step.').waitFor({ timeout: 60_000 });
      expect(files.some((file) => file.includes('tfjs-'))).toBe(true);
      expect(check?.verdict).toBe('identical');
      expect(await page.locator('.stamp').getAttribute('data-verdict')).toBe('identical');
      for (const side of ['candidate', 'reference'] as const)
        expect(await page.locator(`.pace .loss[data-side="${side}"]`).innerText()).toBe(formatNumber(losses[side]));
      expect(await page.locator('#gradients tbody tr').count()).toBe(4);
      expect(await page.locator('.units canvas').count()).toBe(8);
      await page.locator('.live-chart svg').first().waitFor();

      await page.getByRole('button', { name: 'Go on' }).click();
      const steps = async (): Promise<number> => Number(await page.locator('.steps-done').innerText());
      await expect.poll(steps, { timeout: 60_000 }).toBeGreaterThan(20);
      await page.getByRole('button', { name: 'Pause' }).click();
      await page.getByText(/^Paused after \d+ steps\.$/).waitFor();
      expect(await page.locator('.stamp').innerText()).toMatch(/Identical to the last bit/);
      expect(await seriousFaults(page)).toEqual([]);
      await page.getByRole('button', { name: 'Reset' }).click();
      await page.getByText(/^Ready to train/).waitFor();
      expect({ complaints, requests }).toEqual(CLEAN);
    });

    it.each(BROWSER_BACKENDS)('trains beside TensorFlow.js on %s, whose gradients agree', async (backend) => {
      const { page, complaints, requests } = await open('#train', { graphics: SOFTWARE });
      await page.getByLabel('Hidden units').fill('4');
      await page.getByLabel('Hidden units').press('Tab');
      await page.locator('#choice-backend').selectOption(backend);
      await page.getByRole('button', { name: 'One step' }).click();
      await page.getByText('Paused after 1 step.').waitFor({ timeout: 60_000 });
      expect(await page.locator('.stamp').getAttribute('data-verdict')).toBe('agree');
      expect(await page.locator('#gradients tbody tr').count()).toBe(4);
      await page.getByRole('button', { name: 'One step' }).click();
      await page.getByText('Paused after 2 steps.').waitFor({ timeout: 60_000 });
      await page.getByText(`TensorFlow.js (${backend})`).waitFor();
      expect({ complaints, requests }).toEqual(CLEAN);
    });

    it('says in a sentence what it cannot do', async () => {
      const { page, complaints } = await open('#train', { width: 390, height: 844, colorScheme: 'dark' });
      await page.getByLabel('Output').selectOption('relu');
      await page.getByText(/^These pieces do not fit together: .*cross-entropy/).waitFor();
      expect(await page.getByRole('button', { name: 'Train', exact: true }).isDisabled()).toBe(true);
      await page.getByLabel('Output').selectOption('softmax');
      await page.getByLabel('Learning rate').fill('fast');
      await page.getByLabel('Learning rate').press('Tab');
      await page.getByText(/Learning rate: expected a number of at least 0, got “fast”/).waitFor();
      // the flags of these tests switch the graphics processor off
      await page.locator('#choice-backend').selectOption('webgpu');
      await page.getByRole('button', { name: 'One step' }).click();
      const said = await page.locator('.notice.bad').innerText();
      expect(said).toBe(
        'This browser offers no WebGPU adapter. It needs WebGPU, which is switched off or not supported here; choose webgl, wasm or cpu.',
      );
      expect(await overflow(page)).toBe(0);
      expect(complaints).toEqual([]);
    });

    it('reads a seven that is drawn with a mouse, and a one that is drawn with keys', async () => {
      const { page, complaints, requests } = await open('#draw');
      const pad = page.getByRole('application', { name: 'drawing pad' });
      const box = await pad.boundingBox();
      const at = (x: number, y: number): [number, number] => {
        const side = (box?.width ?? 0) / 280;
        return [(box?.x ?? 0) + x * side, (box?.y ?? 0) + y * side];
      };
      await page.mouse.move(...at(70, 60));
      await page.mouse.down();
      await page.mouse.move(...at(200, 60), { steps: 6 });
      await page.mouse.move(...at(130, 230), { steps: 6 });
      await page.mouse.up();
      await page.locator('[data-verdict]').waitFor({ timeout: 60_000 });
      await page.getByText('This is a 7, it says.').waitFor();
      expect(await page.locator('[data-verdict]').getAttribute('data-verdict')).toBe('identical');
      const shares = await page.evaluate<[string, string][]>(
        `[...document.querySelectorAll('.shares tbody tr')].map(({ dataset }) => [dataset.hand, dataset.tfjs])`,
      );
      expect(shares).toHaveLength(10);
      for (const [hand, tfjs] of shares) expect(hand).toBe(tfjs);

      await page.getByRole('button', { name: 'Clear' }).click();
      await page.getByText('Draw one, as large as you like.').waitFor();
      await pad.focus();
      await page.keyboard.press(' ');
      for (let i = 0; i < 11; i++) await page.keyboard.press('ArrowDown');
      await page.keyboard.press(' ');
      await page.getByText('This is a 1, it says.').waitFor();
      await page.getByRole('button', { name: 'A digit of the test set' }).click();
      await page.getByText('(test digit 0, a 7)').waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      expect({ complaints, requests }).toEqual(CLEAN);
    });

    it('answers nine questions, and measures three of them with the numbers of Node', async () => {
      const { page, complaints, requests } = await open('#questions');
      await page.locator('.drawings svg').first().waitFor();
      expect(await page.locator('.question').count()).toBe(9);
      await page.getByLabel(/^Learning rate/).press('ArrowLeft');
      const expected = await measured({ question: 'scaling', learningRate: 0.056 }, digits);
      const walks = 'walks' in expected ? expected.walks : [];
      const last = String(walks[1].losses.at(-1));
      await page.locator(`[data-walk="divided by 255"][data-loss="${last}"]`).waitFor({ timeout: 60_000 });
      for (const { name, losses } of walks)
        expect(await page.locator(`[data-walk="${name}"]`).getAttribute('data-loss')).toBe(String(losses.at(-1)));
      for (const name of await page.locator('.question').allInnerTexts()) {
        await page.getByRole('button', { name }).click();
        await page.locator('.question[aria-current]').getByText(name.replace('try it', '').trim()).waitFor();
        await page.locator('.drawings svg').first().waitFor();
      }
      await page.getByRole('button', { name: 'How far to step?' }).click();
      await page.getByText(/^A step of 0\.32 from loss 2\.41: promised -0\.519, measured -0\.342/).waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      expect({ complaints, requests }).toEqual(CLEAN);
    });
  },
);
