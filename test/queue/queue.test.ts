// The parts of a queue that need no server: addresses, names, data, chunks, and what is said.
import { describe, expect, it, test } from 'vitest';
import { readManifest, ROOT } from '../../scripts/package/pack.ts';
import {
  CandidateError,
  EngineUnavailableError,
  InterruptedError,
  OutputError,
  QueueError,
  failureOf,
} from '../../src/errors.ts';
import { parseAddress } from '../../src/queue/address.ts';
import { chunksOf } from '../../src/queue/chunks.ts';
import { packed, parseAnswer, parseJob, unpacked } from '../../src/queue/data.ts';
import { plainError, revived } from '../../src/engines/threads/plain-error.ts';
import { errorOfJob } from '../../src/queue/failures.ts';
import { mismatchOf } from '../../src/queue/mismatch.ts';
import { jobId, queueName, runId, seedOf } from '../../src/queue/names.ts';
import { VERSIONS } from '../../src/queue/packages.ts';
import { askerLine, workerLine } from '../../src/queue/words.ts';

describe('an address', () => {
  it.each([
    ['redis://host', { host: 'host', port: 6379, db: 0, tls: false, shown: 'redis://host:6379' }],
    ['rediss://h:7000/2', { host: 'h', port: 7000, db: 2, tls: true, shown: 'rediss://h:7000/2' }],
    ['redis://me:p%40ss%2F@[::1]:1/', { host: '::1', port: 1, username: 'me', password: 'p@ss/' }],
    ['redis://:word@h', { host: 'h', password: 'word', shown: 'redis://h:6379' }],
  ])('%s', (text, expected) => {
    expect(parseAddress(text)).toMatchObject(expected);
  });

  it.each([
    '',
    'host:6379',
    'redis://',
    'redis://h/x',
    'redis://h/99999',
    'redis://h?family=6',
    'redis://h#x',
    'redis://:%zz@h',
  ])('"%s" is refused, and not repeated', (text) => {
    expect(() => parseAddress(text)).toThrow(/^--queue: /);
    expect(() => parseAddress(text.replace('//', '//:open-sesame@'))).not.toThrow(/sesame/);
  });
});

const ASKED = {
  kind: 'fuzz',
  identity: { version: '1.0.0', options: { largest: 9 } },
  range: { from: 1, count: 100 },
  chunk: 10,
};

describe('names', () => {
  it('a run has the same name as long as it is the same', () => {
    const id = runId(ASKED);
    expect(runId(structuredClone(ASKED))).toBe(id);
    const others = [
      { ...ASKED, kind: 'selftest' },
      { ...ASKED, chunk: 11 },
      { ...ASKED, range: { from: 2, count: 100 } },
      { ...ASKED, identity: { ...ASKED.identity, version: '1.0.1' } },
      { ...ASKED, identity: { ...ASKED.identity, candidateHash: 'ab' } },
      { ...ASKED, identity: { ...ASKED.identity, options: { largest: 8 } } },
    ];
    expect(new Set([id, ...others.map(runId)]).size).toBe(others.length + 1);
    expect(seedOf(id, jobId(id, 41))).toBe(41);
    expect(seedOf(id, jobId(id, -3))).toBe(-3);
    expect(seedOf(id, jobId(runId(others[0]), 41))).toBe(null);
  });

  it('a queue is that of one version, and of one candidate', () => {
    expect(queueName({ version: '1.0.0' })).toBe('backproof-1.0.0');
    expect(queueName({ version: '1.0.0', candidateHash: '0123456789abcdef' })).toBe(
      'backproof-1.0.0-candidate-0123456789ab',
    );
  });

  it('who has another version or candidate is told why it does not fit', () => {
    const of = (candidateHash?: string, version = '1') => ({ version, ...(candidateHash && { candidateHash }) });
    expect(mismatchOf(of('a'), of('a'))).toBe(null);
    expect(mismatchOf(of(), of())).toBe(null);
    const lines = [
      mismatchOf(of('a', '2'), of('b')),
      mismatchOf(of('a'), of('b')),
      mismatchOf(of(), of('b')),
      mismatchOf(of('a'), of()),
    ].map((why) => why && workerLine({ event: 'other-run', kind: 'fuzz', asker: 'h:1', why }));
    const begin = 'fuzz of h:1 is not for this worker: ';
    expect(lines).toEqual([
      `${begin}it is backproof 2, and 1 is asked for; install the same version on both`,
      `${begin}its candidate is another file (a, and b is asked for)`,
      `${begin}it has no candidate; start it with --candidate and the same file`,
      `${begin}it has a candidate (a), and none is asked for`,
    ]);
  });
});

describe('data', () => {
  it('numbers that JSON has not come through', () => {
    const value = { a: [NaN, Infinity, -Infinity, -0, 0, 1.5], b: { c: null, d: 'NaN', e: true } };
    const through = unpacked(JSON.parse(JSON.stringify(packed(value))));
    expect(through).toStrictEqual(value);
    expect(Object.is((through as { a: number[] }).a[3], -0)).toBe(true);
    expect(JSON.parse(JSON.stringify(value))).not.toStrictEqual(value);
  });

  const job = { kind: 'fuzz', identity: ASKED.identity, from: 5, count: 2 };
  it.each([
    [{ ...job, count: 0 }],
    [{ ...job, count: 10_001 }],
    [{ ...job, from: 1.5 }],
    [{ ...job, file: 'other.mjs' }],
    [{ ...job, identity: { ...job.identity, run: 'code' } }],
    [null],
  ])('%j is no job', (data) => {
    expect(() => parseJob(data)).toThrow('the job is not one of this version');
    expect(parseJob(job)).toEqual(job);
  });

  it('an answer is that of its seeds, all of them', () => {
    expect(parseAnswer({ from: 5, results: [1, { $number: 'NaN' }] }, 5, 2)).toEqual([1, NaN]);
    const wrong = [{ from: 4, results: [1, 2] }, { from: 5, results: [1] }, { results: [1, 2] }, null];
    for (const answer of wrong) expect(() => parseAnswer(answer, 5, 2)).toThrow(/answer for the seeds 5 to 6/);
  });

  it('errors keep their kind from process to process', () => {
    const reason = JSON.stringify(failureOf(new CandidateError('it hangs', 'look at it')));
    expect(errorOfJob(reason, 5, 2)).toMatchObject({ name: 'CandidateError', message: 'seeds 5 to 6: it hangs' });
    expect(errorOfJob(JSON.stringify(failureOf(new EngineUnavailableError('none'))), 5, 1)).toMatchObject({
      name: 'EngineUnavailableError',
      message: 'seed 5: none',
    });
    expect(errorOfJob('job stalled more than allowable limit', 5, 1)).toBeInstanceOf(QueueError);
    expect(failureOf(new Error('a bug'))).toBe(null);
    for (const error of [new QueueError('m', 'h'), new OutputError('m', 'h'), new InterruptedError('m', 'h')])
      expect(revived(structuredClone(plainError(error)))).toEqual(error);
    expect(errorOfJob('a bug', 5, 1)).toMatchObject({ name: 'Error', message: 'seed 5: a bug' });
    expect(errorOfJob('{"code":"constructor","message":"m","hint":null}', 5, 1)).toMatchObject({ name: 'Error' });
  });
});

describe('chunks', () => {
  it('cover every seed once, and each is settled once', () => {
    const chunks = chunksOf({ range: { from: 7, count: 25 }, chunk: 10 });
    const begun = [chunks.begin(), chunks.begin(), chunks.begin(), chunks.begin()];
    expect(begun).toEqual([7, 17, 27, null]);
    expect([7, 17, 27].map((from) => chunks.sizeOf(from))).toEqual([10, 10, 5]);
    expect([chunks.settle(17), chunks.settle(17), chunks.settle(18), chunks.settle(37), chunks.settle(-3)]).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    expect([chunks.done, chunks.total, chunks.isSettled(17), chunks.isSettled(7)]).toEqual([1, 3, true, false]);
  });

  it('that are settled are not begun', () => {
    const chunks = chunksOf({ range: { from: 0, count: 30 }, chunk: 10 });
    chunks.settle(0);
    chunks.settle(20);
    expect([chunks.begin(), chunks.begin()]).toEqual([10, null]);
  });
});

test('what others write is safe to print', () => {
  const worker = 'h\u001b[31m\n:1';
  expect(askerLine({ event: 'joined', worker, processes: 2, seeds: 0 }, '')).toBe('worker h :1 joined, 2 processes');
});

test('the versions that are named are those of the peer dependencies', () => {
  const { peerDependencies, peerDependenciesMeta } = readManifest(ROOT);
  for (const [name, version] of Object.entries(VERSIONS)) {
    expect(peerDependencies[name]).toBe(version);
    expect(peerDependenciesMeta[name]?.optional).toBe(true);
  }
});
