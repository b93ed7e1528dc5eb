#!/usr/bin/env node
// The program `backproof`.
import { runAsProgram } from './process.ts';
import { run } from './run.ts';

await runAsProgram(run);
