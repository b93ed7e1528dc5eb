// What is said of numbers that were rounded too far.
import type { NetworkSpec } from '../../../network/spec.ts';
import { listed } from '../../../text.ts';
import type { Told } from '../told.ts';
import type { Explained } from './rounded.ts';

/** @param wrong values that are outside their bounds: loss, dW1 ... */
export function tellRounding(network: NetworkSpec, found: readonly Explained[], wrong: readonly string[]): Told {
  const [{ source, names }] = found;
  const layerOf = (name: string): number => (name === 'loss' ? Infinity : Number(name.slice(2)));
  const [highest] = wrong.toSorted((a, b) => layerOf(b) - layerOf(a));
  const place = source === null ? highest : source === 'inputs' ? 'x' : 'parameters';
  const isOne = found.every((one) => one.source === source && one.names.join() === names.join());
  const says = found.map((one) => clause(network, one));
  const how = found.map(({ rounding }) => rounding.text).join(', or ');
  const text = isOne
    ? clause(network, { ...found[0], rounding: { ...found[0].rounding, text: how } })
    : says.join(', or ');
  const either = found.length > 1 ? ': the same for all that was asked' : '';
  return {
    kind: 'operation',
    place,
    text: `${found.length > 1 ? `Either ${text}` : capital(text)}${either}.`,
    used: null,
    right: null,
    fix:
      source === null
        ? 'leave the numbers that you return as they are computed'
        : 'compute with the numbers as they are given',
  };
}

/** "dW1 and dW2 are rounded to 3 decimals" */
function clause(network: NetworkSpec, { source, names, rounding }: Explained): string {
  const parts = [
    source === null ? '' : `${source} are ${rounding.text} before they are used`,
    names.length === 0
      ? ''
      : source === null
        ? `${listOf(network, names)} ${names.length > 1 ? 'are' : 'is'} ${rounding.text}`
        : `${listOf(network, names)} after that too`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function listOf(network: NetworkSpec, names: readonly string[]): string {
  const gradients = names.filter((name) => name !== 'loss');
  const hasAll = gradients.length >= 2 * network.layers.length;
  if (!hasAll) return listed(names);
  return names.length > gradients.length ? 'loss and gradients' : 'all gradients';
}

function capital(text: string): string {
  return /^(d[A-Z]|db)/.test(text) ? text : text[0].toUpperCase() + text.slice(1);
}
