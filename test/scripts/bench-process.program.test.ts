// A contender's process: answers, failures in one line, limits, and no process left behind.
import { describe, expect, it } from 'vitest';
import { launcher } from '../../scripts/bench/process.ts';
import type { Running } from '../../scripts/bench/measure.ts';
import { eventually, isRunning } from '../running.ts';

/** A contender of a few lines: `answer(request)` returns the value to print, or undefined. */
function start(answer: string, limit = 20, signal = new AbortController().signal): Running {
  const script = `const answer = ${answer};
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const text = answer(JSON.parse(line));
      if (text !== undefined) console.log(typeof text === 'string' ? text : JSON.stringify(text));
    });`;
  return launcher('x', { program: process.execPath, args: ['-e', script] }, signal, limit).launch();
}

const pidOf = async (running: Running): Promise<number> => running.memory(); // these contenders return their pid

describe('a contender', () => {
  it('answers line by line, and may print other lines', async () => {
    const x = start(
      `(r) => 'hello\\n' + JSON.stringify(r.do === 'train' ? { seconds: r.steps, losses: [r.from] } : { loss: 3 })`,
    );
    expect(await x.train(4, 2)).toEqual({ seconds: 2, losses: [4] });
    expect(await x.loss(0, 1)).toBe(3);
    await x.close();
  });

  it.each([
    [`() => ({ error: 'out of memory' })`, 'x: out of memory'],
    [`() => { throw new RangeError('bad') }`, /^x: ended \(exit code 1\): RangeError: bad$/],
    [`() => process.exit(3)`, 'x: ended (exit code 3)'],
    [`() => '{ nonsense'`, 'x: returned an answer that is not JSON: { nonsense'],
    [`() => ({ losses: [] })`, 'x: returned no time'],
    [`() => undefined`, 'x: no answer to "train" within 0.3 s'],
  ])('with %s fails in one line', async (answer, message) => {
    const x = start(answer, answer.includes('undefined') ? 0.3 : 20);
    await expect(x.train(0, 1)).rejects.toThrow(message);
    if (message !== 'x: returned no time') await expect(x.loss(0, 1)).rejects.toThrow(/^x: /);
    x.kill();
  });

  it('reports that it cannot be started', async () => {
    const signal = new AbortController().signal;
    const x = launcher('x', { program: '/nowhere/python', args: [] }, signal).launch();
    await expect(x.open('/task')).rejects.toThrow(/^x: could not be started \(.*ENOENT/);
  });

  it('may return a loss of NaN, which JSON cannot hold', async () => {
    const x = start(`() => ({ loss: NaN })`);
    expect(await x.loss(0, 1)).toBeNaN();
    x.kill();
  });

  it('is gone after close, after kill and after an interruption', async () => {
    const answer = `(r) => ({ rss: process.pid })`; // it does not end on its own
    const interruption = new AbortController();
    const all = [start(answer), start(answer), start(answer, 20, interruption.signal)];
    const pids = await Promise.all(all.map(pidOf));
    await all[0].close();
    all[1].kill();
    interruption.abort();
    for (const pid of pids) expect(await eventually(() => !isRunning(pid))).toBe(true);
    await expect(all[2].train(0, 1)).rejects.toThrow(/^x: ended \(SIGKILL\)/);
  });
});
