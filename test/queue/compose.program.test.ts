// The file that starts a cluster, without Docker: its own words start a real server and a worker,
// with addresses and paths of this machine in place of those inside containers.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { redisMissing, startRedis } from '../../scripts/cluster/redis.ts';
import { ROOT, backproof, newFolder, start } from '../cli/program.ts';
import { eventually } from '../running.ts';

const LIMIT = 150_000;
const FOLDER = join(ROOT, 'examples/cluster');
const PASSWORD = 'letters4and2digits';

interface Compose {
  readonly services: {
    readonly redis: { readonly command: string; readonly ports: readonly string[] };
    readonly worker: {
      readonly build: string;
      readonly command: readonly string[];
      readonly volumes: readonly string[];
      readonly deploy: { readonly replicas: number };
      readonly depends_on: object;
    };
  };
  readonly volumes: object;
}

const text = readFileSync(join(FOLDER, 'compose.yaml'), 'utf8');
const { services, volumes } = parse(text) as Compose;
const filled = (word: string): string => word.replaceAll(/\$\{REDIS_PASSWORD[^}]*\}/g, PASSWORD);

describe('examples/cluster/compose.yaml', () => {
  it('names what is there', () => {
    const { worker, redis } = services;
    expect(existsSync(join(FOLDER, worker.build, 'Dockerfile'))).toBe(true);
    expect(worker.volumes).toEqual(['../loops:/candidate:ro']);
    expect(existsSync(join(FOLDER, '../loops/network.mjs'))).toBe(true);
    expect(worker.command).toContain('/candidate/network.mjs');
    expect(Object.keys(worker.depends_on)).toEqual(['redis']);
    expect(Object.keys(volumes)).toEqual(['redis']);
    expect(worker.deploy.replicas).toBe(4);
    expect(redis.ports).toEqual(['127.0.0.1:6379:6379']); // no other machine can connect
  });

  const missing = redisMissing();
  it.skipIf(missing !== null)(`does what its README says${missing ?? ''}`, { timeout: LIMIT }, async () => {
    const [program, ...server] = filled(services.redis.command).trim().split(/\s+/);
    expect(program).toBe('redis-server');
    const redis = await startRedis(server);
    const url = `redis://:${PASSWORD}@127.0.0.1:${redis.port}`;
    const candidate = join(ROOT, 'examples/loops/network.mjs');
    const words = services.worker.command.map((word) =>
      filled(word)
        .replace('@redis:6379', `@127.0.0.1:${redis.port}`)
        .replace('/candidate/network.mjs', candidate)
        .replace('0.0.0.0:9464', '127.0.0.1:0'),
    );
    expect(words).toContain(url);
    const worker = start(words, { limit: LIMIT });
    let said = '';
    worker.child.stdout?.on('data', (part: string) => (said += part));
    try {
      await eventually(() => said !== '', 20);
      const asked = ['fuzz', '--candidate', candidate, '--runs', '8', '--queue', url, '--out', newFolder()];
      const { code, stdout, stderr } = await backproof(asked);
      expect([code, stderr]).toEqual([0, expect.stringMatching(/^worker \S+ joined, 1 process$/m)]);
      expect(stdout).toMatch(/\b8 /);
      expect(stdout + stderr + said).not.toContain(PASSWORD);
    } finally {
      worker.child.kill('SIGKILL');
      await worker.outcome;
      await redis.stop();
    }
  });
});
