import type { Command } from "commander";

/** A paragraph, or a list of terms with what is to be said of each. */
export type Section =
  | string
  | readonly (readonly [term: string, text: string])[];

/** Something about the whole program, for `flatbed help`. */
export interface Topic {
  /** Its name on the command line. */
  name: string;
  /** What it is about, in a line. */
  summary: string;
  /** What it says. Only then are its facts loaded. */
  load(program: Command): Promise<readonly Section[]>;
}
