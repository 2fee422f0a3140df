import type { Section } from "./topic.ts";
import { ExitCode } from "../exit_code.ts";

/** What each exit code means. */
const MEANINGS: Readonly<Record<keyof typeof ExitCode, string>> = {
  Done: "done",
  Failed: "something failed",
  WrongUsage: "wrong usage",
  MissingUpstream: "something that is due is missing",
  TryAgain: "what failed may succeed in some minutes",
  Interrupted: "interrupted",
  BrokenPipe: "the output was closed early (not for commands that only list)",
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
    "If several apply, failure comes first: a sync in which one file failed and another is missing upstream exits with 1. So does a sync with a file that is damaged at source, every time until it is replaced upstream, and one in which a file was refused that is due and not older than the plan's history; older ones are not a failure.",
    "75 is EX_TEMPFAIL of sysexits.h: all that failed was a throttling, a broken or slow connection, an outage of the service, an object that was replaced meanwhile, bytes that arrived damaged, or a mirror in use. A scheduler may run the same command again in some minutes; all else needs somebody, or hours. docs/many-machines.md has the rules for Slurm and Kubernetes.",
    'With --json, the error that ended a command is also a line on standard output: { "code": "error", "error": { code, message, key } }, with code and key where there are any.',
    "The next run resumes an interrupted or killed download.",
  ];
}
