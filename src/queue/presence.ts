// Signs of life: who works and who asks keeps a card on the server that expires unless it is
// renewed. A process that is killed is missed by that; no clock of two machines is compared.
import type { Redis } from 'ioredis';

/** Milliseconds: a card is renewed several times before it expires. */
export const PRESENCE = { renewed: 4000, expires: 15_000 } as const;

type Kind = 'worker' | 'run';

/** Sets the card unless another process holds it; returns the holder's. */
const HOLD = `
local now = redis.call('GET', KEYS[1])
if now and cjson.decode(now).token ~= ARGV[2] then return now end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
redis.call('SADD', KEYS[2], ARGV[4])
return false`;

/** Removes the card if this process holds it. */
const RELEASE = `
local now = redis.call('GET', KEYS[1])
if now and cjson.decode(now).token ~= ARGV[1] then return 0 end
redis.call('SREM', KEYS[2], ARGV[2])
return redis.call('DEL', KEYS[1])`;

function keysOf(kind: Kind, id: string): [card: string, all: string] {
  return [`backproof:${kind}:${id}`, `backproof:${kind}s`];
}

/**
 * Holds a card for a while: one process at a time, told by its token.
 * @returns null, or the card of the process that holds it
 */
export async function hold(
  redis: Redis,
  kind: Kind,
  card: { readonly id: string; readonly token: string },
): Promise<string | null> {
  const keys = keysOf(kind, card.id);
  const held = await redis.eval(HOLD, 2, ...keys, JSON.stringify(card), card.token, PRESENCE.expires, card.id);
  return typeof held === 'string' ? held : null;
}

export async function release(redis: Redis, kind: Kind, { id, token }: { id: string; token: string }): Promise<void> {
  await redis.eval(RELEASE, 2, ...keysOf(kind, id), token, id);
}

/** The cards that have not expired. Forgets the names of those that have. */
export async function cardsOf(redis: Redis, kind: Kind): Promise<string[]> {
  const [, all] = keysOf(kind, '');
  const ids = await redis.smembers(all);
  if (ids.length === 0) return [];
  const cards = await redis.mget(ids.map((id) => keysOf(kind, id)[0]));
  const expired = ids.filter((_, n) => cards[n] === null);
  if (expired.length > 0) await redis.srem(all, ...expired);
  return cards.filter((card) => card !== null);
}

/** Repeats an act until it is stopped; a failed one is tried again at the next time. */
export function every(milliseconds: number, act: () => Promise<void>): () => void {
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  const next = (): void => {
    timer = setTimeout(() => {
      void act()
        .catch(() => undefined)
        .finally(() => !isOver && next());
    }, milliseconds);
  };
  next();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
