// One candidate process for a whole run: starting one takes longer than most requests.
import type { CandidatePort } from '../request.ts';

export interface Lasting {
  /**
   * A port to the process; closing the port does not end it.
   * @param seconds a time limit per answer below the usual one
   */
  readonly port: (seconds?: number) => Promise<CandidatePort>;
  /** Ends the process. */
  readonly close: () => Promise<void>;
}

/**
 * @param open starts the process, and starts it again if it has ended when the next port is opened
 */
export function lasting(open: () => Promise<CandidatePort>): Lasting {
  let shared: Promise<CandidatePort> | null = null;
  /** The current or last request: the process answers one at a time. */
  let last: Promise<unknown> = Promise.resolve();
  const renewed = async (before: Promise<CandidatePort> | null): Promise<CandidatePort> => {
    const port = await before?.catch(() => null); // the error was reported to the caller that opened it
    if (port?.alive() === true) return port;
    await port?.close();
    return open();
  };
  return {
    async port(seconds) {
      let own = await (shared = renewed(shared));
      let isItsFault = false;
      return {
        description: own.description,
        ask(request, arrays) {
          const answer = last.then(async () => {
            // a request of another port may have ended the process
            if (!own.alive() && !isItsFault && shared !== null) own = await (shared = renewed(shared));
            try {
              return await own.ask(request, arrays, seconds);
            } finally {
              isItsFault ||= !own.alive();
            }
          });
          last = answer.catch(() => {}); // the caller gets the error
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
