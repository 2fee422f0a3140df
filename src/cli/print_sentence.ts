import type { Message } from "../mirror/mod.ts";
import { printError, printNote, printText } from "./terminal.ts";

const PRINT = { info: printText, note: printNote, error: printError } as const;

/** Prints a message that is a sentence, where messages of its kind go. */
export function printSentence({ level, text }: Message): void {
  PRINT[level](text);
}
