import type { Message } from "../mirror/mod.ts";
import { style } from "./terminal.ts";

/** How a {@linkcode messageLine} looks. */
export interface LineLook {
  /** How wide its word is, in characters. */
  width: number;
  /** The style of the word where it tells of a problem, and where it does not. */
  bad?: Parameters<typeof style>[0];
  good?: Parameters<typeof style>[0];
}

/** A message as a line: its word in a column of its own, if it has one. */
export function messageLine(
  { level, word, text }: Message,
  { width, bad, good }: LineLook,
): string {
  if (word === undefined) return text;
  const look = level === "error" ? bad : good;
  const styled = look === undefined ? word : style(look, word);
  return `${styled}${" ".repeat(Math.max(0, width - word.length))}  ${text}`;
}
