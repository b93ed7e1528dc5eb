// The package, packed and installed into an empty folder: its entry points, their imports, its
// program without TensorFlow.js, and the messages when that is missing.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT, pack, readManifest, unpack } from '../scripts/package/pack.ts';
import { OPTIONAL_PEERS, backproof, install, node, ownFolder, undeclaredImports } from './installed.ts';
import type { Project } from './installed.ts';
import { linksOf } from './markdown-links.ts';
import { sideEffects } from './side-effects.ts';
import { wholeBuild } from './whole-build.ts';

let tarball = '';
let bare: Project;
let withTfjs: Project;

beforeAll(async () => {
  await wholeBuild();
  tarball = pack(ROOT, ownFolder());
  bare = install(tarball, ['@types/node', 'fast-check']);
  withTfjs = install(tarball, ['@tensorflow/tfjs']);
}, 240_000);

const entries = Object.entries(readManifest(ROOT).exports).filter(([, to]) => typeof to !== 'string');
const specifiers = entries.map(([name]) => `backproof${name.slice(1)}`);
/**
 * They extend a test runner's expect, so they do nothing without one: test/jest tries them inside.
 */
const FOR_RUNNERS = ['backproof/vitest', 'backproof/jest'];

describe('an entry', () => {
  it.each(specifiers.filter((name) => !FOR_RUNNERS.includes(name)))(
    '%s: importing it has no side effects',
    (specifier) => {
      const zods = ['globals: __zod_globalConfig', 'globals: __zod_globalRegistry']; // zod's own
      expect(sideEffects(bare, specifier)).toEqual(specifier === 'backproof' ? zods : []);
    },
  );

  it.each([
    ['globalThis.mine = 1;', /^globals: mine$/],
    ['setInterval(() => {}, 1000).unref(); process.on("exit", () => {});', /^listeners: exit \d$/],
    ['setTimeout(() => {}, 100);', /^handles: Timeout$/],
    ['console.error("here");', /^written: here\n$/],
    ['import { writeFileSync } from "node:fs"; writeFileSync("here", "");', /^ended with 1: .*permission/is],
    ['process.env.MINE = "1";', /^environment: MINE,1$/],
  ])('with a side effect is detected: %s', (text, found) => {
    const file = join(bare.folder, 'effect.mjs');
    writeFileSync(file, text);
    expect(sideEffects(bare, file)).toEqual([expect.stringMatching(found)]);
  });

  it.each(entries)('%s is in the API reference', (_name, to) => {
    const { entryPoints } = JSON.parse(readFileSync(join(ROOT, 'typedoc.json'), 'utf8')) as { entryPoints: string[] };
    const { types } = (typeof to === 'object' && 'import' in to ? to.import : to) as { types: string };
    expect(entryPoints).toContain(types.replace('./dist/', 'src/').replace('.d.ts', '.ts'));
  });

  it('imports only declared packages, and the optional ones only where they are used', () => {
    const undeclared = undeclaredImports(bare);
    expect(undeclared).toEqual([
      { file: 'dist/jest.d.ts', name: '@jest/expect' }, // these two are parts of jest
      { file: 'dist/jest.js', name: '@jest/globals' },
    ]);
  });

  it('has types that compile without TensorFlow.js, with every library file checked', () => {
    const wrong = "export const network: all.NetworkSpec = { inputs: 'two' };";
    const programs = specifiers.map((_, i) => `use${i}.mts`);
    for (const [i, specifier] of specifiers.entries()) {
      writeFileSync(join(bare.folder, programs[i]), `import * as all from '${specifier}';\n${wrong}\n`);
    }
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const { stdout } = node(bare, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...options, ...programs]);
    const complaints = stdout.split('\n').filter((line) => /^\S.*error TS/.test(line));
    expect(complaints).toEqual(
      programs.map((file) => expect.stringMatching(`^${file}\\(2,.*'string' is not`) as string),
    );
  }, 120_000);
});

describe('the documents', () => {
  /** docs/protocol.md and the like, wherever a message or a comment of the program names one. */
  const named = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => readFileSync(join(ROOT, 'src', file), 'utf8').match(/\bdocs\/[\w./-]+\.md\b/g) ?? []);

  it.each([...new Set([...named, 'docs/README.md'])])('%s, which is named, is in the package', (path) => {
    expect(existsSync(join(bare.own, path))).toBe(true);
  });

  /** Links of the package's documents that lead to no file of the package. */
  function dead(): string[] {
    const documents = readdirSync(bare.own, { recursive: true, encoding: 'utf8' }).filter((file) => /\.md$/.test(file));
    return documents.flatMap((file) =>
      linksOf(readFileSync(join(bare.own, file), 'utf8'))
        .filter((target) => !existsSync(join(bare.own, dirname(file), decodeURIComponent(target.replace(/#.*/, '')))))
        .map((target) => `${file}: ${target}`),
    );
  }

  it('have links that work in the package', () => {
    expect(dead()).toEqual([]);
    const page = join(bare.own, 'docs/wrong.md');
    writeFileSync(page, '[a](../src/index.ts) [b](../README.md#try-it)\n');
    expect(dead()).toEqual(['docs/wrong.md: ../src/index.ts']);
    rmSync(page);
  });

  it('that are named are found', () => {
    expect(named).toContain('docs/protocol.md');
    expect(existsSync(join(bare.own, 'docs/nowhere.md'))).toBe(false);
  });
});

describe('without TensorFlow.js and sharp', () => {
  it('the number of packages is what the documents say', () => {
    const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { dev?: true; devOptional?: true; peer?: true }>;
    };
    const needed = Object.entries(lock.packages).filter(([path, { dev, devOptional, peer }]) => {
      return path !== '' && dev !== true && devOptional !== true && peer !== true;
    });
    const packaging = readFileSync(join(ROOT, 'docs/packaging.md'), 'utf8');
    expect(packaging).toContain(` MB in ${needed.length + 1} packages, `);
  });

  it('the program shows its help and checks gradients', () => {
    expect(backproof(bare, '--help')).toMatchObject({ code: 0, stderr: '' });
    const run = backproof(bare, 'gradcheck', '--dataset', 'xor', '--reference', 'vector', '--out', 'out');
    expect(run).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('IDENTICAL') as string });
  });

  it.each([
    ['gradcheck', '--dataset', 'xor'],
    ['compare', '--dataset', 'xor', '--epochs', '1'],
    ['train', '--dataset', 'xor', '--engine', 'tfjs', '--backend', 'wasm'],
    ['selftest', '--quick'],
  ])('%s %s says in one line what is missing and how to get it', (...words) => {
    const { code, stdout, stderr } = backproof(bare, ...words, '--out', 'out');
    const how = 'npm install @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0';
    expect(stderr).toMatch(new RegExp(`^backproof: TensorFlow.js is not installed; ${how} .*\n$`));
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  });

  it('from nothing to a verdict on a layer and on a function, by the commands that are named', () => {
    for (const subject of ['layer', 'function']) {
      const [, words = ''] = /npx backproof (check .*)\n$/.exec(backproof(bare, 'init', `--${subject}`).stdout) ?? [];
      expect(backproof(bare, ...words.split(' '))).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^AGREE: /m) as string,
      });
    }
  });

  it('check says that a twin needs it', () => {
    const start = readFileSync(join(bare.folder, 'my-function.ts'), 'utf8');
    writeFileSync(join(bare.folder, 'twin.mts'), `${start}\nexport const twin = () => 0;`);
    const { code, stdout, stderr } = backproof(bare, 'check', 'twin.mts');
    expect(stderr).toBe(
      'backproof: the twin of twin.mts: TensorFlow.js is not installed; npm install @tensorflow/tfjs@4.22.0\n',
    );
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  });

  it('check says that a twin in a browser needs esbuild', () => {
    writeFileSync(join(bare.folder, 'twin.mjs'), 'export const twin = () => 0;');
    const { code, stdout, stderr } = backproof(bare, 'check', 'twin.mjs', '--backend', 'webgl');
    expect(stderr).toMatch(
      /^backproof: the twin of twin\.mjs on webgl runs in a browser, .*; npm install esbuild@\S+\n$/,
    );
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  });

  it('predict --image says how to get sharp', () => {
    writeFileSync(join(bare.folder, 'my.png'), '\x89PNG\r\n\x1a\n', 'latin1');
    const { code, stderr } = backproof(bare, 'predict', '--image', 'my.png', '--reference', 'vector', '--out', 'out');
    expect(stderr).toMatch(/^backproof: the npm package sharp, .*, is not installed; npm install sharp@\S+\n$/);
    expect(code).toBe(2);
  });

  it('worker says how to get the packages of a queue', () => {
    const { code, stdout, stderr } = backproof(bare, 'worker', '--queue', 'redis://127.0.0.1:1');
    const how = 'npm install bullmq@\\S+ ioredis@\\S+';
    expect(stderr).toMatch(new RegExp(`^backproof: the npm package \\w+, .*, is not installed; ${how}\n$`));
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  });

  it('the versions in these lines are those of the peer dependencies', () => {
    const peers = readManifest(ROOT).peerDependencies;
    const source = (file: string): string => readFileSync(join(ROOT, 'src', file), 'utf8');
    expect(source('engines/tfjs/backends.ts')).toContain(`TFJS_VERSION = '${peers['@tensorflow/tfjs']}'`);
    expect(source('data/picture/decoder.ts')).toContain(`SHARP_VERSION = '${peers['sharp']}'`);
    expect(OPTIONAL_PEERS.every((name) => readManifest(ROOT).peerDependenciesMeta[name]?.optional)).toBe(true);
  });
});

describe('with TensorFlow.js alone', () => {
  it('compares with it, and says how to get a missing backend', () => {
    const run = backproof(withTfjs, 'gradcheck', '--dataset', 'xor', '--out', 'out');
    expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('tfjs cpu') as string });
    const { code, stderr } = backproof(withTfjs, 'gradcheck', '--dataset', 'xor', '--backend', 'wasm', '--out', 'out');
    expect(stderr).toMatch(
      /^backproof: the tfjs wasm backend is not installed; npm install @tensorflow\/tfjs-backend-wasm@4\.22\.0/,
    );
    expect(code).toBe(3);
  });
});

describe('npm run check:package', () => {
  it('refuses missing types and a missing program, and names both', () => {
    const folder = unpack(tarball, ownFolder());
    const manifest = join(folder, 'package.json');
    const [types, program] = ['dist/nowhere.d.ts', 'dist/cli/nowhere.js'];
    const right = readFileSync(manifest, 'utf8');
    writeFileSync(manifest, right.replace('dist/core.d.ts', types).replace('dist/cli/main.js', program));
    const words = ['--import', 'tsx', 'scripts/check-package.ts', pack(folder, ownFolder())];
    const { status, stdout } = spawnSync(process.execPath, words, { cwd: ROOT, encoding: 'utf8' });
    expect(stdout).toContain(types);
    expect(stdout).toContain(program);
    expect(status).toBe(1);
  });
});
