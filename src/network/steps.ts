/** Most training steps that a case, or a random problem, may ask for. */
export const MOST_STEPS = 100;
