// Small networks to check before anybody waits for an answer.
import { filledTemplate, replaced } from './filled.ts';

const RIGHT = filledTemplate();

/**
 * The first has a mistake, so that what names mistakes has run as well. After the second, functions
 * are compiled: a check then takes about a third less time.
 */
export const WARM_UPS = [replaced(RIGHT, 'bias[unit]! += d', 'bias[unit]! = d'), RIGHT];
