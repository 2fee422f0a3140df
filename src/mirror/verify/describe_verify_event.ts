import { formatCount } from "../../base/mod.ts";
import type { Message } from "../message.ts";
import type { VerifyEvent, VerifyProblem } from "./verify_report.ts";

/** From so many problems on that are alike, one is named for all of them. */
const MANY = 4;

/**
 * What happens in a verification, in the words of the command line.
 *
 * @param event What happens.
 * @returns A line; `undefined` where nothing is said of it.
 */
export function describeVerifyEvent(event: VerifyEvent): Message | undefined {
  switch (event.code) {
    case "problem":
      return describeProblems([event.problem])[0];
    case "not-repaired":
      return { level: "error", word: "failed", text: event.error.message };
    case "repaired":
    case "adopted":
      return { level: "info", word: event.code, text: event.path };
    default:
      return undefined;
  }
}

/**
 * Problems that a verification has found, in the words of the command line.
 *
 * @param problems Problems with the same code and reason.
 * @returns A line for each, or where there are many one for all of them.
 */
export function describeProblems(
  problems: readonly VerifyProblem[],
): Message[] {
  const [first] = problems;
  if (first === undefined) return [];
  const names = problems.length < MANY
    ? problems.map(({ path }) => path)
    : [`${formatCount(problems.length, "file")}, such as ${first.path}`];
  return names.map((name) => ({
    level: "error",
    word: first.code,
    text: `${name}: ${first.reason}`,
  }));
}
