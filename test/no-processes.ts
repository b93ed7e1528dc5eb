// Loaded before every unit test: starting a process throws. Tests that need a process are
// *.program.test.ts or *.browser.test.ts.
import childProcess, { ChildProcess } from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

function refuse(): never {
  throw new Error('a unit test must not start a process: name its file *.program.test.ts');
}

// spawn, exec, execFile and fork all end in this method
(ChildProcess.prototype as unknown as { spawn: () => never }).spawn = refuse;
Object.assign(childProcess, { spawnSync: refuse, execSync: refuse, execFileSync: refuse });
syncBuiltinESMExports();
