// The example programs as --candidate-command has them: the right ones agree, with their optimizers, and the mistake in each wrong one is named.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openCommand } from '../../src/candidates/process/command.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { portOnTrial } from '../candidates/trial.ts';
import { network } from '../fixtures.ts';
import { FOLDER, LANGUAGES, TEMPORARY, wrongVersion } from './program.ts';

const SPEC = network(5, [6, 4], 'relu', 3, 'softmax', 'cross-entropy');
const quoted = (words: readonly string[]): string => words.map((word) => `"${word}"`).join(' ');
const NAMED: Record<string, { fault: string; layer: string | null }> = {
  Python: { fault: 'bias-not-summed', layer: 'every' },
  C: { fault: 'missing-activation-derivative', layer: 'every' },
  Perl: { fault: 'missing-batch-mean', layer: null },
};

afterAll(() => rmSync(TEMPORARY, { recursive: true }));

describe.each(LANGUAGES)('$name', (language) => {
  const { missing, file, name } = language;

  it.skipIf(missing !== null)(`agrees, and so do its updates (${missing ?? 'as it is'})`, async () => {
    const command = quoted(language.command(join(FOLDER, file)));
    const optimizer = optimizerSpec('adam');
    const { gradients, updates, candidate } = await portOnTrial(() => openCommand(command), SPEC, { optimizer });
    expect(gradients.verdict.kind).toBe('agree');
    expect(updates.verdict.kind).toBe('agree');
    expect(candidate).toMatchObject({ label: `my mlp in ${name}`, filledIn: [] });
  });

  it.skipIf(missing !== null)(
    `with its mistake is wrong, and the mistake has a name (${missing ?? 'made from the right one'})`,
    async () => {
      const command = quoted(language.command(wrongVersion(language)));
      const { gradients } = await portOnTrial(() => openCommand(command), SPEC);
      expect(gradients.verdict.kind).toBe('disagree');
      expect(gradients.diagnosis?.mistakes).toMatchObject([NAMED[name]]);
    },
  );
});
