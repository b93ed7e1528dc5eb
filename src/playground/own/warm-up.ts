// Small networks to check before anybody waits for an answer.
import { filledTemplate, replaced } from './filled.ts';

const RIGHT = filledTemplate();

const WRONG = replaced(RIGHT, 'bias[unit]! += d', 'bias[unit]! = d');

/**
 * Some have a mistake, so that what names mistakes has run as well. The more have run, the more is
 * compiled: after these a check takes half the time.
 */
export const WARM_UPS = [WRONG, RIGHT, WRONG, RIGHT];
