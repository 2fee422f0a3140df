/** The ending of the name of a file that is damaged at source, beside a whole one. */
export const DAMAGED_ENDING = ".damaged";
