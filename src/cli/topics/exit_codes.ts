import { ExitCode } from "../usage.ts";
import type { Section } from "./topic.ts";

/** What each exit code means. */
const MEANINGS: Readonly<Record<keyof typeof ExitCode, string>> = {
  Done: "done",
  Failed: "something failed",
  WrongUsage: "wrong usage",
  MissingUpstream: "something that is due is missing",
  Interrupted: "interrupted",
  BrokenPipe:
    "nobody read the output to its end (not of commands that only list)",
};

/** Each exit code with its meaning. */
function codes(): [code: string, meaning: string][] {
  return Object.entries(MEANINGS).map(([name, meaning]) => [
    String(ExitCode[name as keyof typeof ExitCode]),
    meaning,
  ]);
}

/** The exit codes in a sentence. */
export function exitCodesInShort(): string {
  return `Exit codes: ${
    codes().map(([code, meaning]) => `${code} ${meaning}`).join(", ")
  }.`;
}

/** What the exit codes mean. */
export function exitCodes(): readonly Section[] {
  return [
    codes(),
    "Where several of them would be true, the failure counts: a sync in which a file failed and another is missing upstream ends with 1. So does one with a file that is damaged at source, each time until it is replaced upstream. So does one in which a file was refused that is due and not older than the plan's history; what is older is no failure.",
    "With --json, the error that ended a command is also a line on standard output: { code: 'error', error: { code, message, key } }, as far as there is a code and a key.",
    "An interrupted or killed download is taken up by the next one.",
  ];
}
