// One contender of the benchmark: contender.mjs NAME, a library of npm. Answers requests on stdin by answers on stdout, a JSON line each:
//   {"do":"open","task":FOLDER}  {"do":"train","from":s,"steps":n}  {"do":"loss","from":s,"steps":n}  {"do":"memory"}  {"do":"close"}
// What goes wrong is answered too, as {"error":"one line"}, and a task that a library cannot do as {"unable":"why"}.
// How each library trains is in adapters/, what a task folder holds in task.mjs.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Unable, meanLoss, readTask } from './task.mjs';

// From name to adapter. An adapter exports label, packageName, supports(task), note(task) and create(task); create gives
// train(batches), the losses or [], and outputs(positions), a row of K numbers for each example. A batch holds B positions.
const ADAPTERS = {
  convnetjs: () => import('./adapters/convnetjs.mjs'),
  'feedforward-neural-networks': () => import('./adapters/feedforward-neural-networks.mjs'),
  'brain.js': () => import('./adapters/brain.mjs'),
  neataptic: () => import('./adapters/neataptic.mjs'),
  synaptic: () => import('./adapters/synaptic.mjs'),
  'jax-js': () => import('./adapters/jax-js.mjs'),
};

const name = process.argv[2] ?? '';
if (!Object.hasOwn(ADAPTERS, name)) {
  console.error(`contender.mjs: unknown name "${name}": choose one of ${Object.keys(ADAPTERS).join(', ')}`);
  process.exit(2);
}
console.log = console.error; // stdout carries only the answer; what libraries print goes to stderr

let opened = null;

const seconds = (since) => (performance.now() - since) / 1000;

const HANDLERS = {
  async open({ task: folder }) {
    const start = performance.now();
    await opened?.training.dispose?.();
    opened = null; // its memory first
    const adapter = await ADAPTERS[name]();
    const task = readTask(folder);
    adapter.supports(task);
    opened = { task, training: await adapter.create(task) };
    const { label, packageName } = adapter;
    const note = adapter.note(task);
    const versions = { [packageName]: versionOf(packageName) };
    return { label, versions, seconds: seconds(start), ...(note !== '' && { note }) };
  },
  async train({ from, steps }) {
    const batches = batchesOf(from, steps);
    const start = performance.now();
    const losses = await opened.training.train(batches);
    return { seconds: seconds(start), losses: Array.from(losses) };
  },
  async loss({ from, steps }) {
    let sum = 0;
    for (const positions of batchesOf(from, steps)) {
      sum += meanLoss(opened.task, await opened.training.outputs(positions), positions);
    }
    return { loss: sum / steps };
  },
  memory: () => ({ rss: process.memoryUsage.rss() }),
  close: () => ({ closed: true }),
};

function batchesOf(from, steps) {
  if (opened === null) throw new Error('no task is open: ask "open" first');
  const { order, batchSize, steps: held } = opened.task;
  if (!(Number.isInteger(from) && Number.isInteger(steps) && from >= 0 && steps >= 1 && from + steps <= held)) {
    throw new Error(`${steps} steps from ${from} on asked, the order holds steps 0 to ${held - 1}`);
  }
  return Array.from({ length: steps }, (_, s) => order.subarray((from + s) * batchSize, (from + s + 1) * batchSize));
}

/** From the package's own file, which not every package lets be imported. */
function versionOf(packageName) {
  const file = createRequire(import.meta.url).resolve(packageName);
  const folder = file.slice(0, file.lastIndexOf(join('node_modules', packageName)));
  const manifest = join(folder, 'node_modules', packageName, 'package.json');
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}

async function answer(line) {
  try {
    const request = JSON.parse(line);
    if (!Object.hasOwn(HANDLERS, request.do)) {
      throw new Error(`unknown request "${request.do}": choose one of ${Object.keys(HANDLERS).join(', ')}`);
    }
    return await HANDLERS[request.do](request);
  } catch (error) {
    if (error instanceof Unable) return { unable: error.message };
    const missing = error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND';
    const help = missing ? `; run: npm ci in ${dirname(process.argv[1])}` : '';
    return { error: `${error.message}${help}`.replace(/\s+/g, ' ').slice(0, 500) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const reply = await answer(line);
  process.stdout.write(`${JSON.stringify(reply)}\n`); // NaN becomes null
  if ('closed' in reply) break;
}
process.stdin.destroy();
