// Processes of others that must not outlive this one: each is the head of a group of its own, and the whole group is ended.
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';

const OWN_GROUP = process.platform !== 'win32';

/** Those that are running. */
const running = new Set<ChildProcessWithoutNullStreams>();
let watching = false;

/** Runs a command line as a shell does. Whatever ends this process ends it too. */
export function start(command: string): ChildProcessWithoutNullStreams {
  if (!watching) process.on('exit', () => running.forEach(end));
  watching = true;
  const child = spawn(command, { shell: true, detached: OWN_GROUP, stdio: ['pipe', 'pipe', 'pipe'] });
  running.add(child);
  return child;
}

/** Ends it and all that it started, at once. */
export function end(child: ChildProcessWithoutNullStreams): void {
  running.delete(child);
  if (child.pid === undefined) return;
  try {
    if (OWN_GROUP) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch {
    // none of them is left
  }
}
