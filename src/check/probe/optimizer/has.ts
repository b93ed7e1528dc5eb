// What a rule has, and so what can be wrong in it.
import type { Has } from './move.ts';

export const first: Has = (rule) => rule.first !== 'none';
export const second: Has = (rule) => rule.second !== 'none';
export const corrects: Has = (rule) => rule.correction1 !== 'none' || rule.correction2 !== 'none';
export const corrects2: Has = (rule) => second(rule) && rule.correction2 !== 'none';
export const correctsBoth: Has = (rule) => rule.correction1 !== 'none' && rule.correction2 !== 'none';
export const both: Has = (rule) => first(rule) && second(rule);
export const grows: Has = ({ direction }) => direction === 'growing';
export const divides: Has = (rule) => second(rule) && rule.epsilonAt !== 'none';
