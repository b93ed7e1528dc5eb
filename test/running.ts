// Whether a process is there, and waiting until something is so.

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** @returns whether it came true within so many seconds */
export async function eventually(met: () => boolean, seconds = 5): Promise<boolean> {
  for (let tries = 0; tries < 20 * seconds && !met(); tries++) await new Promise((resolve) => setTimeout(resolve, 50));
  return met();
}
