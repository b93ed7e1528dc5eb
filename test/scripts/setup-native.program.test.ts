// The set-up of the native TensorFlow, without its download: what it reads, what it refuses, and
// that each refusal is one line which says what to do and leaves the installed package alone.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseOptions } from '../../scripts/setup-native.ts';
import { createWorkFolder, layOutDependencies, putIntoPlace } from '../../scripts/setup-native/binding.ts';
import {
  findNodeHeaders,
  findTfjsNode,
  requireCompiler,
  requirePlatform,
  requirePython,
  requireRoom,
} from '../../scripts/setup-native/machine.ts';
import { complaint, Failure, findOnPath, oneLine, run } from '../../scripts/setup-native/process.ts';
import { noWheel, parseReport, verifyChecksum } from '../../scripts/setup-native/wheel.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const WHEEL = 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'setup native ')); // with a space, as a project's path may have
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(path: string, text = ''): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function program(path: string, script: string): string {
  const file = write(path, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

function report(archive: object): string {
  const url = `https://files.example/simple/${WHEEL}#egg=x`;
  const info = { url, archive_info: archive };
  return JSON.stringify({ install: [{ metadata: { version: '2.21.0' }, download_info: info }] });
}

/** The one line a refusal prints. */
function refusal(action: () => unknown): string {
  try {
    action();
  } catch (cause) {
    expect(cause).toBeInstanceOf(Failure);
    expect((cause as Failure).message).not.toContain('\n');
    return (cause as Failure).message;
  }
  throw new Error('expected a refusal');
}

describe('options', () => {
  it('reads every option', () => {
    expect(parseOptions([])).toEqual({ check: false, force: false, help: false, tensorflow: undefined });
    expect(parseOptions(['--force', '--tensorflow', '2.21.0'])).toMatchObject({ force: true, tensorflow: '2.21.0' });
  });

  it.each([[['--nonsense']], [['extra']], [['--check', '--force']], [['--tensorflow', 'new']], [['--tensorflow']]])(
    'refuses %j with exit code 2',
    (args) => {
      expect(() => parseOptions(args)).toThrow(expect.objectContaining({ exitCode: 2 }));
    },
  );
});

describe('what the machine lacks', () => {
  it('says where the set-up is tried, and what needs none', () => {
    expect(refusal(() => requirePlatform('darwin', 'arm64', false))).toMatch(/darwin arm64.*Linux x64.*wasm/);
    expect(refusal(() => requirePlatform('linux', 'x64', false))).toMatch(/without glibc.*wasm/);
    expect(() => requirePlatform('linux', 'x64', true)).not.toThrow();
  });

  it('says that tfjs-node is not installed', () => {
    expect(refusal(() => findTfjsNode(join(folder, 'x.js')))).toMatch(/tfjs-node is not installed.*npm ci/);
  });

  it('reports a missing python3, or a python3 without pip', async () => {
    await expect(requirePython(folder)).rejects.toThrow(/no python3 on PATH: install Python/);
    program('python3', 'echo "No module named pip" >&2; exit 1');
    await expect(requirePython(folder)).rejects.toThrow(/has no pip: install it/);
  });

  it("reads pip's version and its Python's", async () => {
    const python3 = program('python3', 'echo "pip 24.2 from /some/where/pip (python 3.13)"');
    expect(await requirePython(folder)).toEqual({ program: python3, pip: '24.2', version: '3.13' });
  });

  it('says which of compiler and make is missing', () => {
    expect(refusal(() => requireCompiler(undefined, folder))).toMatch(/no g\+\+ and no make on PATH.*install/);
    program('make', '');
    expect(refusal(() => requireCompiler('', folder))).toMatch(/^no g\+\+ on PATH/);
    expect(refusal(() => requireCompiler('ccache clang++', folder))).toMatch(/^no clang\+\+ on PATH/);
    program('clang++', '');
    expect(requireCompiler('ccache clang++', folder)).toBe('clang++');
  });

  it('says how much room the build needs', async () => {
    await expect(requireRoom(join(folder), 1e18)).rejects.toThrow(/GB free in .* needs 1000000000.0 GB.*free some/);
    await expect(requireRoom(folder, 1)).resolves.toBeUndefined();
    await expect(requireRoom(join(folder, 'absent'))).rejects.toThrow(/not writable/);
  });

  it('prefers the headers beside the running node to those of npm_config_nodedir', () => {
    const node = program('prefix/bin/node', '');
    const configured = join(folder, 'configured');
    expect(findNodeHeaders(node, configured)).toBeUndefined();
    write('configured/include/node/node_api.h');
    expect(findNodeHeaders(node, configured)).toBe(configured);
    write('prefix/include/node/node_api.h');
    expect(findNodeHeaders(node, configured)).toBe(join(folder, 'prefix'));
  });
});

describe('other programs', () => {
  it('finds a program on PATH only where it can be run', () => {
    write('a/tool');
    const tool = program('b/tool', '');
    expect(findOnPath('tool', `${join(folder, 'a')}:${join(folder, 'b')}`)).toBe(tool);
    expect(findOnPath('tool', '')).toBeUndefined();
  });

  it('quotes them in one line, without addresses', async () => {
    const tool = program('tool', 'echo "WARNING: slow" >&2; echo "ERROR: no a from https://x.example/a b" >&2; exit 1');
    expect(complaint(await run(tool, []), /ERROR/)).toBe('ERROR: no a from <address> b');
    expect(oneLine('file:///srv/wheels is\n  gone')).toBe('<address> is gone');
    expect(oneLine('x'.repeat(1000))).toHaveLength(300);
  });

  it('says that a program cannot be started', async () => {
    await expect(run(join(folder, 'absent'), [])).rejects.toThrow(/could not be started/);
  });
});

describe('the wheel', () => {
  const python = { program: 'python3', version: '3.14', pip: '21.0' };

  it("is named by pip's report, whichever way the checksum is stated", () => {
    const expected = { version: '2.21.0', fileName: WHEEL, sha256: 'abc' };
    expect(parseReport(report({ hashes: { sha256: 'abc' } }))).toEqual(expected);
    expect(parseReport(report({ hash: 'sha256=abc' }))).toEqual(expected);
  });

  it('is refused where pip states no SHA-256', () => {
    expect(refusal(() => parseReport(report({ hash: 'md5=abc' })))).toMatch(/no SHA-256 for tensorflow_cpu/);
  });

  it('says which Pythons to try when there is none, and which pip when it is too old', () => {
    const none = noWheel(python, 'tensorflow-cpu', 'ERROR: No matching distribution').message;
    expect(none).toMatch(/Python 3.14 or 3.11: .*Python 3.10 to 3.13.*No matching distribution/);
    expect(noWheel(python, 'tensorflow-cpu', 'no such option: --report').message).toMatch(/pip 21.0 is too old/);
  });

  it('is compared with the stated SHA-256', async () => {
    const file = write('wheel');
    await expect(verifyChecksum(file, EMPTY_SHA256.toUpperCase())).resolves.toBe(0);
    await expect(verifyChecksum(file, 'abc')).rejects.toThrow(
      new RegExp(`is ${EMPTY_SHA256}, expected abc: nothing was installed`),
    );
  });
});

describe('the work folder', () => {
  it('replaces what runs that no longer live left behind, and only that', () => {
    const tfjsNode = { folder: join(folder, 'tfjs-node'), version: '4.22.0' };
    const ended = spawnSync('true').pid;
    for (const owner of [ended, process.pid, 1]) write(`.tfjs-node-setup-${owner}/left`);
    expect(readdirSync(createWorkFolder(tfjsNode))).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['.tfjs-node-setup-1', `.tfjs-node-setup-${process.pid}`].sort());
  });

  it('puts libraries and binding into the package, in place of what was there, without the headers', () => {
    for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'])
      write(`work/tensorflow/${name}`, 'so');
    write('work/tensorflow/include/tensorflow/c/c_api.h');
    write('tfjs-node/deps/lib/old.so');
    write('tfjs-node/lib/napi-v8/tfjs_binding.node', 'old');
    const work = join(folder, 'work');
    layOutDependencies(work, work);
    write('work/lib/napi-v8/tfjs_binding.node', 'new');
    const tfjsNode = { folder: join(folder, 'tfjs-node'), version: '4.22.0' };
    expect(putIntoPlace(work, tfjsNode)).toBe(7);
    expect(readdirSync(join(tfjsNode.folder, 'deps'))).toEqual(['lib']);
    expect(readdirSync(join(tfjsNode.folder, 'deps/lib'))).toEqual([
      'libtensorflow.so',
      'libtensorflow_cc.so.2',
      'libtensorflow_framework.so',
      'libtensorflow_framework.so.2',
    ]);
    expect(readFileSync(join(tfjsNode.folder, 'deps/lib/libtensorflow.so'), 'utf8')).toBe('so');
    expect(readFileSync(join(tfjsNode.folder, 'lib/napi-v8/tfjs_binding.node'), 'utf8')).toBe('new');
  });
});

describe('the command', () => {
  function setup(args: string[], path: string): { code: number | null; stdout: string; stderr: string } {
    const command = ['--import', 'tsx', 'scripts/setup-native.ts', ...args];
    const env = { ...process.env, PATH: path, CXX: '' };
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: ROOT, env, encoding: 'utf8' });
    return { code: status, stdout, stderr };
  }

  it('answers bad usage with exit code 2', () => {
    const { code, stderr } = setup(['--chek'], '');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^setup:native: Unknown option '--chek'.*\n$/);
  });

  it.runIf(process.platform === 'linux' && process.arch === 'x64')(
    'stops with one line and exit code 3 where there is no Python',
    () => {
      const { code, stderr } = setup(['--force'], folder);
      expect(code).toBe(3);
      expect(stderr).toMatch(/^setup:native: no python3 on PATH: .*\n$/);
    },
  );

  it.runIf(process.platform === 'linux' && process.arch === 'x64')(
    'installs nothing and cleans up when the wheel is not the one that pip reported',
    () => {
      const stated = write('report.json', report({ hashes: { sha256: 'abc' } }));
      const tools = dirname(program('bin/make', ''));
      program('bin/g++', '');
      // python3 -m pip (--version | install ... | download --quiet --no-deps --only-binary=:all: -d
      // FOLDER ...)
      program(
        'bin/python3',
        `case "$3" in
           --version) echo "pip 23.2 from /pip (python 3.11)" ;;
           install) while read -r line || [ -n "$line" ]; do printf '%s' "$line"; done < "${stated}" ;;
           download) echo other > "$8/${WHEEL}" ;;
         esac`,
      );
      const tfjsNode = findTfjsNode().folder;
      const before = [readdirSync(dirname(tfjsNode)), readdirSync(tfjsNode)];
      const { code, stdout, stderr } = setup(['--force'], tools);
      expect(stderr).toMatch(/^setup:native: SHA-256 of the downloaded wheel is [0-9a-f]{64}, expected abc: .*\n$/);
      expect(code).toBe(3);
      expect(stdout).toContain('version 2.21.0');
      expect(stdout).not.toContain('example');
      expect([readdirSync(dirname(tfjsNode)), readdirSync(tfjsNode)]).toEqual(before);
    },
  );
});
