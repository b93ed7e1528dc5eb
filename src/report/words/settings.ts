// One line each for settings, batch and engines: what was run, and on what.
import { describeNetwork } from '../../network/spec.ts';
import type { CompareReport, Settings } from '../report.ts';
import { formatCount } from './numbers.ts';

/** "784-128-10, relu, softmax, cross-entropy; sgd, learning rate 0.2; ..." */
export function describeSettings(s: Settings): string {
  const epochs = `${s.epochs} epoch${s.epochs > 1 ? 's' : ''}`;
  const parts = [
    describeNetwork(s.network),
    describeOptimizer(s.optimizer),
    `${epochs} of ${formatCount(s.trainSize)} ${s.dataset} examples, batch ${s.batchSize}`,
    `seed ${s.seed}`,
  ];
  if (s.fault !== null) parts.push(`FAULT INJECTED: ${s.fault}`);
  return parts.join('; ');
}

/** "adamw, learning rate 0.001 times cosine:100, weight decay 0.01, gradients clipped to ±1" */
export function describeOptimizer(spec: Settings['optimizer']): string {
  const { id, learningRate, schedule, weightDecay = 0, clipNorm, clipValue } = spec;
  const parts = [`${id}, learning rate ${learningRate}${schedule === undefined ? '' : ` times ${schedule}`}`];
  if (weightDecay !== 0) parts.push(`weight decay ${weightDecay}`);
  if (clipNorm !== undefined) parts.push(`gradients clipped to norm ${clipNorm}`);
  if (clipValue !== undefined) parts.push(`gradients clipped to ±${clipValue}`);
  return parts.join(', ');
}

/** The line for one batch. */
export function describeBatch(s: Settings): string {
  const fault = s.fault === null ? '' : `; FAULT INJECTED: ${s.fault}`;
  return `${describeNetwork(s.network)}; a batch of ${s.batchSize} ${s.dataset} examples, before training; seed ${s.seed}${fault}`;
}

/** "tfjs node (tfjs 4.22.0, tensorflow 2.21.0)" */
export function describeEngine({ label, versions, device = {} }: CompareReport['candidate']): string {
  const known = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const { renderer, kind, precision } = device;
  const on =
    renderer === undefined ? [] : [`on ${renderer}`, ...[kind, precision].filter((word) => word !== undefined)];
  const all = [...known, ...on];
  return all.length === 0 ? label : `${label} (${all.join(', ')})`;
}
