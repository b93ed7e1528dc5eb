// `backproof faults`: the known mistakes, each with its fix and a command that injects it.
import { describe, expect, it } from 'vitest';
import { createExperiment } from '../../src/cli/experiment.ts';
import { parseOptions } from '../../src/cli/options.ts';
import { FAULTS, FAULT_IDS, parseFault } from '../../src/faults/registry.ts';
import { STEPS } from '../../src/faults/places.ts';
import { complaintAbout } from '../command-lines.ts';
import { inProcess as backproof } from './program.ts';

interface Explained {
  name: string;
  madeIn: string;
  stage: string;
  description: string;
  fix: string;
  onlyWith: Record<string, string[]>;
  command: string;
}

async function explained(...words: string[]): Promise<Explained[]> {
  const run = await backproof(['faults', ...words, '--json']);
  expect([run.code, run.stderr]).toEqual([0, '']);
  const document = JSON.parse(run.stdout) as { faults: Explained[] };
  expect(document).toMatchObject({ schemaVersion: 1, kind: 'faults' });
  return document.faults;
}

describe('the list', () => {
  it('has every known mistake on one line, with its description, below the step that it belongs to', async () => {
    const { code, stdout, stderr } = await backproof(['faults']);
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n');
    for (const id of FAULT_IDS)
      expect(lines.filter((line) => line.startsWith(`  ${id} `) && line.endsWith(FAULTS[id].description))).toHaveLength(
        1,
      );
    const heads = lines.filter((line) => /^[A-Z][a-z ]+$/.test(line)).map((line) => line.toLowerCase());
    expect(heads).toEqual([...STEPS]);
    expect(lines[0]).toMatch(new RegExp(`^${FAULT_IDS.length} known mistakes`));
  });

  it('is one JSON document', async () => {
    const all = await explained();
    expect(all.map(({ name }) => name)).toEqual(FAULT_IDS);
    const madeIn = (id: string): string | undefined => all.find(({ name }) => name === id)?.madeIn;
    expect(madeIn('missing-batch-mean')).toBe('loss');
    expect(madeIn('missing-activation-derivative')).toBe('activations');
    expect(madeIn('bias-not-summed')).toBe('layers');
    expect(madeIn('adam-no-bias-correction')).toBe('optimizer');
    expect(madeIn('inputs-not-scaled')).toBe('inputs');
    expect(madeIn('updated-before-used')).toBe('training loop');
  });
});

describe('one mistake', () => {
  it('has its description, fix, place and command', async () => {
    const { code, stdout } = await backproof(['faults', 'derivative-at-z@1']);
    expect(code).toBe(0);
    const { description, remedy } = FAULTS['derivative-at-z'];
    const [head, , sentence] = stdout.split('\n');
    expect([head, sentence.toLowerCase()]).toEqual(['derivative-at-z', `${description.toLowerCase()}.`]);
    const [, fix] = /^Fix: +(.*?)\n(?=\S)/ms.exec(stdout) ?? [];
    expect(fix.replace(/\s+/g, ' ')).toBe(remedy);
    expect(stdout).toMatch(/^Made in: +activations, layer 1 of the 2 in the network below$/m);
    expect(stdout).toMatch(/^Only with: +--activation sigmoid, tanh$/m);
    expect(stdout).toMatch(/gradcheck --dataset moons --activation sigmoid --fault derivative-at-z@1\n$/);
  });

  it('says which choices it needs, if any', async () => {
    const [adam] = await explained('adam-no-bias-correction');
    expect(adam.onlyWith).toEqual({ optimizer: ['adam'] });
    const [sign] = await explained('loss-sign');
    expect(sign.onlyWith).toEqual({});
  });

  it.for(FAULT_IDS)('%s is possible in the run of its command', async (id) => {
    const [{ command }] = await explained(id);
    const words = command.split(' backproof -- ')[1].split(' ');
    expect(await complaintAbout(['npx', 'backproof', ...words], {})).toBeNull();
    const given = words.flatMap((word, i) =>
      word.startsWith('--') ? [[word.slice(2), words[i + 1].startsWith('--') || words[i + 1]]] : [],
    );
    const options = parseOptions(Object.fromEntries(given) as Record<string, string | true>);
    const fault = parseFault(options.fault ?? '', createExperiment(options, 'gradcheck'));
    expect(fault.id).toBe(id);
  });

  it('is found by the shown command', async () => {
    const [{ command }] = await explained('bias-averaged');
    const run = await backproof([
      ...command.split(' backproof -- ')[1].split(' '),
      '--backend',
      'cpu',
      '--format',
      'terminal',
    ]);
    expect(run.stdout).toContain('bias-averaged');
    expect(run.code).toBe(1);
  });
});
