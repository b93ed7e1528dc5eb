// One process for a whole run: starting one takes longer than most of what it is asked.
import type { CandidatePort } from '../request.ts';

export interface Lasting {
  /** A port to it, of which closing ends nothing. @param seconds for one answer, where they are fewer than usual */
  readonly port: (seconds?: number) => Promise<CandidatePort>;
  /** Ends it. */
  readonly close: () => Promise<void>;
}

/** @param open starts it; again, if it has ended when somebody else wants a port to it */
export function lasting(open: () => Promise<CandidatePort>): Lasting {
  let shared: Promise<CandidatePort> | null = null;
  /** What it is being asked, or was: it answers one at a time. */
  let last: Promise<unknown> = Promise.resolve();
  const renewed = async (before: Promise<CandidatePort> | null): Promise<CandidatePort> => {
    const port = await before?.catch(() => null); // whoever opened it has heard why it could not be
    if (port?.alive() === true) return port;
    await port?.close();
    return open();
  };
  return {
    async port(seconds) {
      const own = await (shared = renewed(shared));
      return {
        description: own.description,
        ask(request, arrays) {
          const answer = last.then(() => own.ask(request, arrays, seconds));
          last = answer.catch(() => {}); // who asked hears of it
          return answer;
        },
        alive: () => own.alive(),
        async close() {},
      };
    },
    async close() {
      const own = await shared?.catch(() => null);
      shared = null;
      await own?.close();
    },
  };
}
