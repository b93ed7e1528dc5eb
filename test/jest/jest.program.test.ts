// The packed matchers in real test runners (Jest with CommonJS, Jest with ES modules, Vitest), and
// their types as users' compilers see them.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matcherExamples, promisedOutput } from './examples.ts';
import { asOfUser, createProject, run, writeScript } from './package.ts';

let project = '';
beforeAll(async () => {
  project = await createProject();
}, 240_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

interface JestResult {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: {
    readonly assertionResults: { readonly title: string; readonly failureMessages: string[] }[];
  }[];
}

/** Runs Jest on the passing and the failing file, in a folder of its own. */
function jest(format: 'cjs' | 'esm'): { result: JestResult; messages: Map<string, string>; output: string } {
  const folder = join(project, format);
  for (const name of ['passing', 'failing'])
    writeScript(join(folder, `${name}.test.js`), asOfUser(`jest/project/${name}.ts`, 'jest'), format);
  writeScript(join(folder, 'implementations.js'), asOfUser('matchers/implementations.ts', 'jest'), format);
  const settings = format === 'esm' ? { type: 'module', jest: { transform: {} } } : {};
  writeFileSync(join(folder, 'package.json'), JSON.stringify(settings));
  const args = ['--watchman=false', '--ci', '--json', '--outputFile=result.json'];
  const env = format === 'esm' ? { NODE_OPTIONS: '--experimental-vm-modules' } : undefined;
  const { status, output } = run(folder, 'jest/bin/jest.js', args, env);
  expect(status, output).toBe(1);
  const result = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as JestResult;
  const all = result.testResults.flatMap(({ assertionResults }) => assertionResults);
  return { result, messages: new Map(all.map((one) => [one.title, one.failureMessages.join('\n')])), output };
}

describe.each(['cjs', 'esm'] as const)('Jest, %s', (format) => {
  it('passes right implementations, and reports wrong ones', { timeout: 120_000 }, () => {
    const { result, messages, output } = jest(format);
    expect([result.numPassedTests, result.numFailedTests], output).toEqual([3, 4]);
    expect(messages.get('a bias that is not summed')).toMatch(
      /^Error: db1\[\d\] of mine is wrong: \S+, exact \S+; \S+ times the allowed error\.$/m,
    );
    expect(messages.get('a bias that is not summed')).toMatch(/^Fix: .* \(bias-not-summed at layer 1\)\.$/m);
    expect(messages.get('a right implementation, expected to be wrong')).toContain(
      'myNetwork was expected to be wrong, but it is right.',
    );
    expect(messages.get('an implementation that throws')).toContain('threw TypeError: not written yet');
    expect(output).toContain('Cause:');
    expect(messages.get('gradients with the sign flipped')).toContain('Looks like: every tensor has the wrong sign.');
  });
});

it('Vitest', { timeout: 120_000 }, () => {
  const folder = join(project, 'vitest');
  const source = asOfUser('jest/project/passing.ts', 'vitest').replace('@jest/globals', 'vitest');
  writeScript(join(folder, 'passing.test.js'), source, 'esm');
  writeScript(join(folder, 'implementations.js'), asOfUser('matchers/implementations.ts', 'vitest'), 'esm');
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  const { status, output } = run(folder, 'vitest/vitest.mjs', ['run', '--root', folder]);
  expect(output).toContain('3 passed');
  expect(status).toBe(0);
});

describe('the examples of the documents', () => {
  const all = matcherExamples();
  const codeOf = (name: string | null): string => all.find((example) => example.name === name)?.code ?? '';

  /** Runs Vitest in a folder with these files. */
  function vitest(name: string, files: Record<string, string>): { status: number | null; output: string } {
    const folder = join(project, name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    for (const [file, code] of Object.entries(files)) writeFileSync(join(folder, file), code);
    return run(folder, 'vitest/vitest.mjs', ['run', '--root', folder]);
  }

  it('pass in Vitest', { timeout: 120_000 }, () => {
    expect(all.map(({ name }) => name)).toEqual([
      null,
      ...['my-network.ts', 'my-network.test.ts', 'gradients.test.ts', 'my-network.test.js'],
    ]);
    const names = ['my-network.ts', 'my-network.test.ts', 'gradients.test.ts'] as const;
    const files: Record<string, string> = { 'readme.test.ts': codeOf(null) };
    for (const name of names) files[name] = codeOf(name);
    const { status, output } = vitest('examples', files);
    expect(output).toContain('4 passed');
    expect(status).toBe(0);
  });

  it('fail with exactly the message that the document shows', { timeout: 120_000 }, () => {
    const wrong = codeOf('my-network.ts').replace('bias: sums(dz1)', 'bias: dz1[0]');
    expect(wrong).not.toBe(codeOf('my-network.ts'));
    const files = { 'my-network.ts': wrong, 'my-network.test.ts': codeOf('my-network.test.ts') };
    const { status, output } = vitest('wrong-example', files);
    expect(status).toBe(1);
    expect(output).toContain(`Error: ${promisedOutput()}`);
  });

  it('pass in Jest', { timeout: 120_000 }, () => {
    const folder = join(project, 'jest-example');
    writeScript(join(folder, 'my-network.js'), codeOf('my-network.ts'), 'cjs');
    writeFileSync(join(folder, 'my-network.test.js'), codeOf('my-network.test.js'));
    writeFileSync(join(folder, 'package.json'), '{}');
    const { status, output } = run(folder, 'jest/bin/jest.js', ['--watchman=false', '--ci']);
    expect(output).toContain('1 passed');
    expect(status).toBe(0);
  });
});

describe('types', () => {
  const OPTIONS = [
    '--noEmit',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--target',
    'es2023',
    '--module',
    'nodenext',
  ];
  const BY_ITSELF = "import { expect } from '@jest/globals';";
  const AS_ES_MODULE = "type NetworkSpec = import('backproof', { with: { 'resolution-mode': 'import' } }).NetworkSpec;";

  /** The compiler's errors in users' files and in the types of the package. */
  function complaints(files: Record<string, { entry: string; head: string }>): string[] {
    const folder = join(project, 'types');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{}');
    for (const [name, { entry, head }] of Object.entries(files)) {
      const source = asOfUser('jest/project/types.ts', entry).replace(BY_ITSELF, head);
      const spec = name.endsWith('.cts') ? source.replace(/import type .* from 'backproof';/, AS_ES_MODULE) : source;
      writeFileSync(join(folder, name), spec);
    }
    const args = [...OPTIONS, '--skipLibCheck', 'false', '--types', 'node,jest', ...Object.keys(files)];
    const { output } = run(folder, 'typescript/bin/tsc', args);
    const own = /^\S+\.[cm]ts\(|backproof\/dist\/(jest|vitest|report\/matchers\/\S+)\.d\.c?ts/;
    return output.split('\n').filter((line) => own.test(line));
  }

  it('compile for ES modules and for CommonJS', { timeout: 240_000 }, () => {
    const files = {
      'vitest.mts': { entry: 'vitest', head: "import { expect } from 'vitest';" },
      'imported.mts': { entry: 'jest', head: BY_ITSELF },
      'global.mts': { entry: 'jest', head: '' },
      'imported.cts': { entry: 'jest', head: BY_ITSELF },
      'global.cts': { entry: 'jest', head: '' },
    };
    expect(complaints(files)).toEqual([]);
  });

  it('come from the import: without it the compiler does not know the matchers', { timeout: 240_000 }, () => {
    const folder = join(project, 'types');
    writeFileSync(join(folder, 'none.mts'), "import { expect } from 'vitest';\nexpect(1).toAgreeWith(1);\n");
    const { output } = run(folder, 'typescript/bin/tsc', [...OPTIONS, '--skipLibCheck', '--types', 'node', 'none.mts']);
    expect(output).toMatch(/none\.mts\(2,11\): error TS2339/);
  });
});
