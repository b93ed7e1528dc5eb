// The formula of a rule, in the project's notation.
import { clippedTo, gradientOf, lastOf, product, sumOf } from './formula-parts.ts';
import type { Constant, Correction, Rule } from './rule.ts';

/** A rule on one line: what happens at each step, in order. */
export function formulaOf(rule: Rule): string {
  const { first, second } = rule;
  const names: Names = { m: second === 'none' ? 'v' : 'm', s: first === 'none' ? 's' : 'v' };
  const ofStep = first === 'of-step';
  const u = ofStep ? stepOf({ ...rule, first: 'none', direction: 'gradient' }, names) : '';
  const own: Names = ofStep ? { ...names, m: 'v', s: 's' } : names;
  const used = first === 'of-gradient' && rule.clipOn === 'moment' ? { ...own, m: TILDES[own.m] } : own;
  const lines = [
    ...(rule.given === 'w' ? ['g ← w'] : []),
    ...gradientOf(rule),
    ...(first === 'of-gradient' ? [firstOf(rule, own.m, 'g'), ...clippedMoment(rule, own.m)] : []),
    ...(second === 'none' ? [] : secondOf(rule, own)),
    ...(ofStep ? [`u = ${u.replaceAll('v', 's')}`, firstOf(rule, 'v', 'u')] : []),
    ...hatsOf(rule, used),
    lastOf(rule, stepOf(rule, used)),
  ];
  if (rule.adadelta !== 'none')
    lines.push(thirdOf(rule, { step: 'Δ²', 'step-with-rate': '(lr·Δ)²', gradient: 'g²' }[rule.adadelta]));
  return lines.join(',  ') + notes(rule);
}

/** Adadelta's running value of Δ². */
function thirdOf(rule: Rule, of: string): string {
  const memory = rule.memory2 === 'times-g' ? rule.beta2.name : memory2(rule); // that slip is of g² alone
  const kept = { same: [product(memory, 'r')], none: [], all: ['r'] }[rule.memory3];
  const fresh = { same: [product(fresh2(rule), of)], none: [], one: [of] }[rule.fresh3];
  return `r ← ${[...kept, ...fresh].join(' + ') || '0'}`;
}

/** What cannot be seen in a formula of one entry. */
function notes({ share, shared, time, taken, product: multiplied }: Rule): string {
  const all: string[] = [];
  if (share !== 'none') {
    all.push(
      {
        all: 'one state for all tensors',
        layer: 'one state per layer',
        role: 'one state for all weights, one for all biases',
        'role-places': 'one state for all weights, one for all biases',
        shape: 'one state for all tensors of the same shape',
        size: 'one state for all tensors of equally many numbers',
        rows: 'one state for all tensors of equally many rows',
        cols: 'one state for all tensors of equally many columns',
        row: `one number per row${WHICH[shared]}`,
        column: `one row for all rows of a tensor${WHICH[shared]}`,
        tensor: `one number per tensor${WHICH[shared]}`,
      }[share],
    );
  }
  if (time !== 'step')
    all.push(
      `t counts ${{ tensor: 'tensors', layer: 'layers', row: 'rows', entry: 'numbers', 'own-row': 'rows', 'own-entry': 'numbers' }[time]}`,
    );
  if (taken !== 'once') all.push(taken === 'twice' ? 'all of it twice' : 'all of it twice, with two values of t');
  if (multiplied === 'each-tensor') all.push('every tensor multiplies Π by μₜ');
  if (multiplied === 'alone') all.push('Πₜ = μₜ');
  return all.length > 0 ? ` (${all.join('; ')})` : '';
}

/** Which running value is meant, where it is not both. */
const WHICH = { both: '', first: ', of the running value of g', second: ', of the running value of g²' } as const;

interface Names {
  readonly m: string;
  readonly s: string;
}

const HATS: Readonly<Record<string, string>> = { m: 'm̂', v: 'v̂', s: 'ŝ', m̃: 'm̂', ṽ: 'v̂' };
/** A running value that was clipped where it is used. */
const TILDES: Readonly<Record<string, string>> = { m: 'm̃', v: 'ṽ' };

/** The running value of g, clipped as it is kept or where it is used. */
function clippedMoment(rule: Rule, m: string): string[] {
  if (rule.clipOn === 'moment') return [`${TILDES[m]} = ${clippedTo(rule, m)}`];
  return rule.clipOn.startsWith('kept') ? [`${m} ← ${clippedTo(rule, m)}`] : [];
}

function rest({ name }: Constant): string {
  return `(1-${name})`;
}

function firstOf(rule: Rule, m: string, of: string): string {
  const { beta1, memory1 } = rule;
  const memories = {
    beta: beta1.name,
    none: '0',
    all: '1',
    'times-rate': `lr·${beta1.name}`,
    minus: `-${beta1.name}`,
    rest: rest(beta1),
    'times-g': `${beta1.name}·${of}`,
  };
  const kept = memory1 === 'none' ? '' : `${product(memories[memory1], m)} + `;
  const at = { 'one-then-rest': ` (${m} = ${of} at first)`, 'rate-later': ` (${m} = ${of}/lr at first)` };
  return `${m} ← ${kept}${product(fresh1(rule), rule.rateOn === 'gradient' ? product('(lrₜ/lr)', of) : of)}${rule.fresh1 in at ? at[rule.fresh1 as keyof typeof at] : ''}`;
}

function memory2({ beta2, memory2: kind }: Rule): string {
  return { beta: beta2.name, none: '0', all: '1', rest: rest(beta2), 'times-g': `${beta2.name}·g²` }[kind];
}

function fresh1({ beta1, beta2, fresh1: kind }: Rule): string {
  const [own, other] = [rest(beta1), rest(beta2)];
  return { one: '1', rest: own, 'one-then-rest': own, 'rate-later': '1', beta: beta1.name, 'other-rest': other }[kind];
}

function fresh2({ beta1, beta2, fresh2: kind }: Rule): string {
  return { one: '1', rest: rest(beta2), 'one-then-rest': rest(beta2), beta: beta2.name, 'other-rest': rest(beta1) }[
    kind
  ];
}

function secondOf(rule: Rule, { m, s }: Names): string[] {
  const q = {
    g: 'g²',
    absolute: '|g|',
    signed: 'g',
    moment: `${m}²`,
    belief: `(g-${m})²`,
    'tensor-mean': 'mean(g²)',
    'row-mean': 'mean(g² of the row)',
  }[rule.squareOf];
  const [kept, fresh] = [product(memory2(rule), s), product(fresh2(rule), q)];
  const start =
    rule.start2.value !== 0
      ? ` (${s} = ${rule.start2.name} before)`
      : rule.fresh2 === 'one-then-rest'
        ? ` (${s} = ${q} at first)`
        : '';
  const now = rule.second === 'max' ? `max(${kept}, ${fresh})` : rule.memory2 === 'none' ? fresh : `${kept} + ${fresh}`;
  return [
    `${s} ← ${now}${start}`,
    ...(rule.centered === 'none' ? [] : [`c ← ${product(memory2(rule), 'c')} + ${product(fresh2(rule), 'g')}`]),
    ...(rule.amsgrad === 'before' ? [`${s}max ← max(${s}max, ${s})`] : []),
  ];
}

/** 1 - βᵗ as this rule has it; null where there is none. */
function correctionOf(kind: Correction, { name }: Constant, other: Constant, timeFrom: number): string | null {
  const t = timeFrom === 0 ? 'ᵗ⁻¹' : timeFrom === 2 ? 'ᵗ⁺¹' : 'ᵗ';
  const own = /^[\d.]+$/.test(name) ? `${name}${t}` : `${name}${t}`;
  switch (kind) {
    case 'none':
      return null;
    case 'power':
    case 'accumulates':
    case 'multiplied':
      return `(1-${own})`;
    case 'once':
      return `(1-${name})`;
    case 'other':
      return `(1-${other.name}${t})`;
    case 'rest-power':
      return `(1-${name})${t}`;
    case 'linear':
      return `(1-${name}·t)`;
    case 'root':
      return `√(1-${own})`;
    case 'count':
      return 't';
    case 'root-of-count':
      return '√t';
    case 'count-squared':
      return 't²';
    case 'times-count':
      return '(1/t)';
  }
}

function hatsOf(rule: Rule, { m, s }: Names): string[] {
  const { correction1, correction2, beta1, beta2, timeFrom } = rule;
  const lines: string[] = [];
  const line = (name: string, kind: Correction, c: string | null): void => {
    if (c === null) return;
    if (kind === 'accumulates') lines.push(`${name} ← ${name} / ${c}`);
    else lines.push(`${HATS[name]} = ${name} ${kind === 'multiplied' ? '·' : '/'} ${c}`);
  };
  if (rule.first !== 'none') line(m, correction1, correctionOf(correction1, beta1, beta2, timeFrom));
  if (rule.second !== 'none' && correction2 !== 'after-root')
    line(s, correction2, correctionOf(correction2, beta2, beta1, timeFrom));
  return lines;
}

function hatted(name: string, kind: Rule['correction2']): string {
  return kind === 'none' || kind === 'accumulates' || kind === 'after-root' ? name : HATS[name];
}

/** What lr multiplies. */
function stepOf(rule: Rule, { m, s }: Names): string {
  const hat = hatted(m, rule.correction1);
  const b = rule.beta1.name;
  const fresh = fresh1(rule);
  const of = rule.first === 'of-step' ? 'u' : 'g';
  const c =
    rule.correction1 === 'none'
      ? ''
      : ` / ${correctionOf(rule.correction1, rule.beta1, rule.beta2, rule.timeFrom) ?? ''}`;
  const t1 = rule.beta1.name;
  const numerators = {
    gradient: of,
    moment: hat,
    old: `${hat}(from before)`,
    nesterov: c === '' ? `(${product(fresh, of)} + ${b}·${m})` : `(${b}·${hat} + ${product(fresh, of)}${c})`,
    memory: `${b}·${hat}`,
    plus: `(${of} + ${hat})`,
    mixed: sumOf([rule.mix.g, of], [rule.mix.v, hat]),
    nadam: `(${b}·${m} / (1-${t1}ᵗ⁺¹) + ${product(fresh, of)}${c})`,
    growing: `((1-μₜ)/(1-Πₜ)·${of} + μₜ₊₁/(1-Πₜ₊₁)·${m})`,
    sign: `sign(${rule.first === 'none' ? of : hat})`,
  };
  const top = rule.first === 'none' && rule.direction !== 'sign' ? of : numerators[rule.direction];
  if (rule.second === 'none' || rule.first === 'of-step') return top;
  return `${top}${rule.adadelta === 'none' ? '' : '·√(r + ε)'} / ${divisorOf(rule, s)}`;
}

function divisorOf(rule: Rule, s: string): string {
  const old = rule.use2 === 'old' ? `${s}(from before)` : s;
  const peak = rule.amsgrad === 'before' ? `${old}max` : old;
  const inside0 = hatted(s, rule.correction2) === s ? peak : HATS[s] + peak.slice(s.length);
  const hat = rule.amsgrad === 'after' ? `max(${inside0} so far)` : inside0;
  const under = rule.centered === 'none' ? hat : `${hat} - ${rule.centered === 'new' ? 'c²' : 'c(from before)²'}`;
  const eps = rule.epsilon.name;
  const root = (of: string): string => (rule.root === 'root' ? (/^\S+$/.test(of) ? `√${of}` : `√(${of})`) : of);
  const { correction2, beta1, beta2, timeFrom } = rule;
  if (correction2 === 'after-root') {
    const by = correctionOf('power', beta2, beta1, timeFrom);
    return rule.epsilonAt === 'uncorrected'
      ? `((${root(under)} + ${eps}) / ${by})`
      : `(${root(under)} / ${by} + ${eps})`;
  }
  const c2 = correctionOf(correction2, beta2, beta1, timeFrom) ?? '1';
  switch (rule.epsilonAt) {
    case 'none':
      return root(under);
    case 'outside':
      return `(${root(under)} + ${eps})`;
    case 'inside':
      return rule.root === 'root' ? `√(${under} + ${eps})` : `(${under} + ${eps})`;
    case 'uncorrected':
      return `((${root(rule.amsgrad === 'before' ? peak : s)} + ${eps}) / ${root(c2)})`;
    case 'inside-uncorrected':
      return root(`(${s} + ${eps}) / ${c2}`);
    case 'both':
      return `(${root(`${under} + ${eps}`)} + ${eps})`;
    case 'max':
      return `max(${root(under)}, ${eps})`;
    case 'minus':
      return `(${root(under)} - ${eps})`;
    case 'squared':
      return root(`${under} + ${eps}²`);
  }
}
