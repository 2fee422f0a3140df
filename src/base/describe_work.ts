/** The most datasets that are named. */
const MOST_NAMED = 4;

/**
 * What some work is of, for people: its datasets, and from when to when.
 *
 * @param dataTypes The datasets; without them, all.
 * @param range The first and the last date; what is no text is not named.
 * @returns Words, such as `stocks_daily from 2024-01-02`.
 */
export function describeWork(
  dataTypes: readonly string[] | undefined,
  { from, to }: { from?: unknown; to?: unknown } = {},
): string {
  const [first, ...others] = dataTypes ?? [];
  const what = first === undefined
    ? "all datasets"
    : others.length < MOST_NAMED
    ? [first, ...others].join(", ")
    : `${first} and ${others.length} more datasets`;
  const day = (date: unknown) => typeof date === "string" ? date : undefined;
  const since = day(from), until = day(to);
  if (since !== undefined && since === until) return `${what}, ${since}`;
  return [
    what,
    ...(since === undefined ? [] : [`from ${since}`]),
    ...(until === undefined ? [] : [`to ${until}`]),
  ].join(" ");
}
