// What this machine reaches in a plain multiply-add loop of the kernel language: the measure for GFLOP/s.

/** Billions of operations a second; null where there is no such loop. */
export async function peak(): Promise<number | null> {
  return Promise.resolve(null);
}
