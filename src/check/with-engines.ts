// Opens engines for a piece of work, and always closes them afterwards.
import type { Engine, EngineFactory } from '../engines/engine.ts';

/** Gives `work` a function that opens engines, and disposes of all it opened. */
export async function withEngines<T>(
  work: (open: (factory: EngineFactory) => Promise<Engine>) => Promise<T>,
): Promise<T> {
  const opened: Engine[] = [];
  try {
    return await work(async (factory) => {
      const engine = await factory();
      opened.push(engine);
      return engine;
    });
  } finally {
    for (const engine of opened) await engine.dispose();
  }
}
