import { formatBytes, formatCount, grouped } from "../../base/mod.ts";
import type { Message } from "../message.ts";
import type { IndexSummary } from "./index_event.ts";

/** Options of {@linkcode describeIndexSummary}. */
export interface DescribeIndexOptions {
  /** Where the mirror is. */
  location: string;
  /** Whether objects were read that are not in the mirror. */
  remote: boolean;
  /** Marks the count up, such as by a colour. */
  mark?: (text: string) => string;
}

/**
 * What making indexes came to, in the words of the command line.
 *
 * @param summary What was done.
 * @param options Of what, and how the count is marked.
 * @returns A sentence.
 */
export function describeIndexSummary(
  { indexed, bytes, bytesOfIndexes, present, small, notIndexed }: IndexSummary,
  { location, remote, mark = (text) => text }: DescribeIndexOptions,
): Message {
  const counts: [count: number, text: string][] = [
    [present, `${grouped(present)} there before`],
    [small, `${grouped(small)} too small to need one`],
    [notIndexed, `${grouped(notIndexed)} not made`],
  ];
  const others = counts.filter(([count]) => count > 0).map(([, text]) => text);
  const made = mark(formatCount(indexed, "index", "indexes"));
  const sizes = indexed === 0
    ? ""
    : ` of ${formatBytes(bytesOfIndexes)} for ${formatBytes(bytes)}`;
  const isNothing = indexed + present + small + notIndexed === 0;
  const why = !isNothing
    ? ""
    : remote
    ? ": no file is expected on these days"
    : `: there are no such files in ${location}; --remote reads those of the service`;
  return {
    level: "info",
    text: [`Made ${made}${sizes}`, ...others].join(", ") + why,
  };
}
