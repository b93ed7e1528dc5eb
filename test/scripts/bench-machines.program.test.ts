// The speeds of several machines on one Redis server.
import { describe, expect, it } from 'vitest';
import { machineOf, machinesText, requireServer, shareSpeeds } from '../../scripts/bench/machines.ts';
import type { Machine } from '../../scripts/bench/machines.ts';
import { redisMissing, startRedis } from '../../scripts/cluster/redis.ts';
import { parseAddress } from '../../src/queue/address.ts';

const missing = redisMissing();
const { signal } = new AbortController();
const machine = (host: string, speed: number): Machine => {
  const speeds = [{ scenario: 'small', label: 'vector f32', samplesPerSecond: speed }];
  return { host, cpu: `CPU of ${host}`, cores: 2, date: '2026-11-30', speeds };
};

it('a report has the speeds of a machine, without those that were not measured', () => {
  const results = [
    { kind: 'measured', label: 'vector f32', samplesPerSecond: { median: 1200 } },
    { kind: 'failed', id: 'x', reason: 'y' },
  ];
  const report = {
    environment: { cpu: 'CPU of a', cores: 2 },
    date: '2026-11-30',
    scenarios: [{ name: 'small', results }],
  };
  expect(machineOf(report as never, 'a')).toEqual(machine('a', 1200));
});

it('a server that does not answer is told before anything is measured', async () => {
  const nobody = parseAddress('redis://127.0.0.1:9');
  await expect(requireServer(nobody, signal)).rejects.toThrow('redis://127.0.0.1:9: no Redis server answers');
});

describe.skipIf(missing !== null)(`with a real server${missing === null ? '' : `: skipped, ${missing}`}`, () => {
  it('machines that run the same command are shown together, each once', { timeout: 60_000 }, async () => {
    const redis = await startRedis([]);
    try {
      const address = parseAddress(redis.url);
      await requireServer(address, signal);
      const share = (command: string, one: Machine) => shareSpeeds(address, command, one, signal);
      expect(await share('bench --quick', machine('b', 900))).toEqual([machine('b', 900)]);
      await share('bench', machine('c', 5));
      await share('bench --quick', machine('a', 1200));
      const all = await share('bench --quick', machine('b', 1000));
      expect(all).toEqual([machine('a', 1200), machine('b', 1000)]);
      const text = machinesText(all);
      expect(text).toMatch(/^a: 2 × CPU of a, 2026-11-30\nb: 2 × CPU of b, 2026-11-30\n/);
      expect(text).toMatch(/^samples\/s +a +b/m);
      expect(text).toMatch(/^small, vector f32 +1,200 +1,000/m);
    } finally {
      await redis.stop();
    }
  });
});
