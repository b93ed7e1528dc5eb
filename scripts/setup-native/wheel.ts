// The tensorflow-cpu wheel, the source of TensorFlow's libraries and headers: asks pip which wheel to use, downloads it,
// checks its SHA-256, and unpacks the few members that the binding needs.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Python } from './machine.ts';
import { complaint, Failure, type Finished, interruption, oneLine, run, throwIfInterrupted } from './process.ts';

/** The version this setup was tested with; suggested if another one does not work. */
export const TRIED_VERSION = '2.21.0';

/** Used if there is no wheel for this Python: nothing in the wheel runs in Python, so another version's wheel works too. */
const OTHER_PYTHON = '3.11';

export const LIBRARIES = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'];

/** binding/*.cc includes 14 headers, all in these folders. Whole folders are a few MB, removed after the build. */
const HEADER_FOLDERS = ['tensorflow/c/', 'tensorflow/core/platform/', 'tsl/platform/', 'xla/tsl/'].map(
  (folder) => `tensorflow/include/${folder}`,
);

/** Uses Python, which is present because pip is, and which streams members of a zip: one of them unpacks to 788 MB. */
const UNPACK = `
import json, sys, zipfile
wheel, target, libraries, folders = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), tuple(json.loads(sys.argv[4]))
with zipfile.ZipFile(wheel) as archive:
    names = archive.namelist()
    missing = [name for name in libraries if name not in names]
    if missing: sys.exit('missing ' + ', '.join(missing))
    wanted = [m for m in archive.infolist() if m.filename in libraries or m.filename.startswith(folders)]
    archive.extractall(target, wanted)
print(json.dumps({'members': len(names), 'taken': len(wanted), 'bytes': sum(m.file_size for m in wanted)}))
`;

export interface Wheel {
  readonly version: string;
  readonly fileName: string;
  readonly sha256: string;
  /** Arguments that make pip choose this wheel again. */
  readonly selection: readonly string[];
}

/** The wheel that pip would choose: of the given version, or the newest. */
export async function chooseWheel(python: Python, workFolder: string, version?: string): Promise<Wheel> {
  const requirement = version === undefined ? 'tensorflow-cpu' : `tensorflow-cpu==${version}`;
  const selections =
    python.version === OTHER_PYTHON ? [[]] : [[], ['--python-version', OTHER_PYTHON, '--ignore-requires-python']];
  let answer: Finished | undefined;
  for (const selection of selections) {
    // Installs nothing. --target stops pip from refusing because of the system's Python.
    const question = ['install', '--dry-run', '--ignore-installed', '--target', join(workFolder, 'unused')];
    answer = await pip(python, workFolder, [...question, '--report', '-', ...selection, requirement]);
    if (answer.code === 0) return { ...parseReport(answer.stdout), selection };
    if (answer.stderr.includes('no such option')) break;
  }
  throw noWheel(python, requirement, complaint(answer as Finished, /ERROR|no such option/));
}

export function noWheel(python: Python, requirement: string, pipSaid: string): Failure {
  if (pipSaid.includes('no such option')) {
    return new Failure(`pip ${python.pip} is too old, expected 22.2 or later: python3 -m pip install --upgrade pip`);
  }
  const versions = [...new Set([python.version, OTHER_PYTHON])].join(' or ');
  return new Failure(
    `pip ${python.pip} found no wheel ${requirement} for Python ${versions}: check pip's connection, or put Python 3.10 to 3.13 first on PATH (pip said: ${pipSaid})`,
  );
}

export function parseReport(text: string): Omit<Wheel, 'selection'> {
  const { install } = JSON.parse(text) as PipReport;
  const [found] = install;
  const fileName = decodeURIComponent(found.download_info.url.split(/[?#]/)[0]?.split('/').at(-1) ?? '');
  const { hash, hashes } = found.download_info.archive_info ?? {};
  const sha256 = hashes?.['sha256'] ?? /^sha256=(.+)$/.exec(hash ?? '')?.[1];
  if (sha256 === undefined) {
    throw new Failure(
      `pip reports no SHA-256 for ${fileName}, so the file cannot be checked: use a package index that provides one`,
    );
  }
  return { version: found.metadata.version, fileName, sha256 };
}

interface PipReport {
  readonly install: readonly [
    {
      readonly metadata: { readonly version: string };
      readonly download_info: {
        readonly url: string;
        readonly archive_info?: { readonly hash?: string; readonly hashes?: Readonly<Record<string, string>> };
      };
    },
  ];
}

/** Downloads the wheel. @returns its path */
export async function downloadWheel(python: Python, workFolder: string, wheel: Wheel): Promise<string> {
  const folder = join(workFolder, 'wheel');
  await mkdir(folder);
  const requirement = `tensorflow-cpu==${wheel.version}`;
  const answer = await pip(python, workFolder, ['download', '-d', folder, ...wheel.selection, requirement]);
  const fileName = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (answer.code !== 0 || fileName === undefined) {
    throw new Failure(`pip could not download ${wheel.fileName}: try again (pip said: ${complaint(answer, /ERROR/)})`);
  }
  return join(folder, fileName);
}

function pip(python: Python, workFolder: string, args: readonly string[]): Promise<Finished> {
  const [command = '', ...rest] = args;
  const always = ['--quiet', '--no-deps', '--only-binary=:all:'];
  const env = {
    TMPDIR: workFolder, // pip's own temporary copy is removed with ours, also after Ctrl-C
    PIP_NO_INPUT: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_REQUIRE_VIRTUALENV: '0', // nothing is installed, so guards against installing do not apply
    PIP_USER: '0',
  };
  return run(python.program, ['-m', 'pip', command, ...always, ...rest], { env });
}

/** Checks the SHA-256 of the file. @returns the file's size in bytes */
export async function verifyChecksum(file: string, expected: string): Promise<number> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash, { signal: interruption.signal }).catch((cause: unknown) => {
    throwIfInterrupted();
    throw cause;
  });
  const actual = hash.digest('hex');
  if (actual !== expected.toLowerCase()) {
    throw new Failure(
      `SHA-256 of the downloaded wheel is ${actual}, expected ${expected}: nothing was installed; try again, or ask the operator of your package index`,
    );
  }
  return (await stat(file)).size;
}

/** Unpacks the needed members. @returns how many members there are, how many were unpacked, and their bytes */
export async function unpackWheel(python: Python, wheelFile: string, target: string) {
  const lists = [LIBRARIES, HEADER_FOLDERS].map((list) => JSON.stringify(list));
  const answer = await run(python.program, ['-c', UNPACK, wheelFile, target, ...lists]);
  if (answer.code !== 0) {
    const said = oneLine(answer.stderr.trim().split('\n').at(-1) ?? '');
    throw new Failure(
      `cannot unpack the wheel (${said}): expected TensorFlow's libraries; try --tensorflow ${TRIED_VERSION}`,
    );
  }
  return JSON.parse(answer.stdout) as Record<'members' | 'taken' | 'bytes', number>;
}
