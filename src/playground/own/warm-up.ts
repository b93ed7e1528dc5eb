// A small network with a mistake, to check once before anybody waits for an answer.
import { filledTemplate, replaced } from './filled.ts';

/** With a mistake, so that what names mistakes has run as well. */
export const WRONG_NETWORK = replaced(filledTemplate(), 'bias[unit]! += d', 'bias[unit]! = d');
