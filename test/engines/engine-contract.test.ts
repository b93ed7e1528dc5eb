// The contract of the Engine interface, run over every engine that needs no browser.
import { contractOf } from './contract.ts';
import { IN_THREADS, KINDS } from './kinds.ts';

for (const kind of [...KINDS, ...IN_THREADS]) await contractOf(kind);
