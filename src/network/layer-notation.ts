// Layers as people write them on a command line: conv:8x3:relu:stride=2:same, max-pool:2, flatten,
// dense:10. The same notation names a network in reports.
import { UsageError } from '../errors.ts';
import type { Fields, LayerPage } from '../ops/layers/page.ts';
import { activationPages, layerKindOf, layerPages } from '../ops/registry.ts';
import { safeText } from '../text.ts';

type Parsed = Record<string, unknown>;

/**
 * One layer from its notation: the kind, then after colons its numbers, and in any order its
 * activation, `same` or `valid`, and other fields as name=value.
 * @param standard the activation of a layer with weights that names none
 * @throws UsageError that names the part and what is expected
 */
export function parseLayer(text: string, standard = 'linear'): Fields {
  const [word, ...parts] = text.trim().split(':');
  const page = layerPages().find((one) => wordFor(one) === word || one.id === word);
  if (page === undefined) {
    const choices = layerPages().map((one) => one.short?.example ?? one.id);
    throw new UsageError(`layer "${safeText(text)}": unknown kind "${safeText(word)}"`, `write ${choices.join(', ')}`);
  }
  const fields: Parsed = {};
  parts.forEach((part, n) => {
    Object.assign(fields, partOf(page, part, n, fields));
  });
  const missing = [...page.counts, ...requiredFields(page)].find((name) => fields[name] === undefined);
  if (missing !== undefined) throw notation(text, page, `no ${missing}`);
  const { activation = hasWeights(page) ? standard : undefined, ...own } = fields;
  const kind = page.id === 'dense' ? {} : { kind: page.id }; // as in files
  return { ...kind, ...own, ...(activation !== undefined && { activation }) };

  function partOf({ short, fields: rules = {}, counts }: LayerPage, part: string, n: number, before: Parsed): Fields {
    const [name, value] = part.split('=');
    if (value !== undefined && (counts.includes(name) || Object.hasOwn(rules, name))) return { [name]: valueOf(value) };
    if (n === 0) {
      const read = short?.read(part);
      if (read !== null && read !== undefined) return read;
    }
    if (activationPages().some(({ id }) => id === part)) return { activation: part };
    // the argument of the activation before it: leaky-relu:0.01
    if (typeof before['activation'] === 'string' && /^[\d.]/.test(part))
      return { activation: `${before['activation']}:${part}` };
    const named = Object.entries(rules).find(([, { fits }]) => fits(part));
    if (named !== undefined) return { [named[0]]: part };
    throw notation(text, page as LayerPage, `"${safeText(part)}" is not known`);
  }
}

function requiredFields({ fields = {} }: LayerPage): string[] {
  return Object.entries(fields).flatMap(([name, { optional }]) => (optional === true ? [] : [name]));
}

function notation(text: string, page: LayerPage, why: string): UsageError {
  const [counts, rules] = [page.counts, Object.keys(page.fields ?? {})];
  const more = [...counts, ...rules].map((name) => `${name}=...`).join(', ');
  const hint = [page.short?.example ?? page.id, more === '' ? '' : `or with ${more}`].filter((part) => part !== '');
  return new UsageError(`layer "${safeText(text)}": ${why}`, `write ${hint.join(', ')}`);
}

/** 2 as 2, 2x3 as [2, 3], anything else as the text. */
function valueOf(text: string): unknown {
  if (/^[\d.]/.test(text) && Number.isFinite(Number(text))) return Number(text);
  return /^\d+x\d+$/.test(text) ? text.split('x').map(Number) : text;
}

/**
 * All layers from a list with commas.
 * @param hidden the activation of layers with weights that name none; `output`: that of the last
 * @throws UsageError
 */
export function parseLayers(text: string, hidden: string, output: string): Fields[] {
  const all = text.split(',');
  return all.map((layer, l) => parseLayer(layer, l === all.length - 1 ? output : hidden));
}

/** The notation of a layer: what parseLayer reads. */
export function formatLayer(layer: object): string {
  const { kind = 'dense', activation, ...fields } = layer as Fields & { kind?: string; activation?: string };
  const page = layerKindOf(kind);
  const numbers = page.short?.write(fields) ?? '';
  const known = page.short?.read(numbers) ?? {};
  const others = Object.entries(fields).filter(([name, value]) => value !== undefined && !(name in known));
  return [
    wordFor(page),
    numbers,
    activation ?? (hasWeights(page) ? 'linear' : ''),
    ...others.map(([name, value]) => (name === 'padding' ? String(value) : `${name}=${written(value)}`)),
  ]
    .filter((part) => part !== '')
    .join(':');
}

function written(value: unknown): string {
  return Array.isArray(value) ? value.join('x') : String(value);
}

function hasWeights({ symbols }: LayerPage): boolean {
  return Object.hasOwn(symbols, 'weights');
}

function wordFor({ short, id }: LayerPage): string {
  return short?.name ?? id;
}
