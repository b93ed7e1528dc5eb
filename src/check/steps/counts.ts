// How many training steps are compared of a candidate that only trains.

/** Steps from the given parameters, and from the general point. */
export const STEPS = { given: 3, general: 5 };
/** Steps that are compared in all. */
export const COMPARED_STEPS = STEPS.given + STEPS.general;
