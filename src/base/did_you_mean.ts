/** At most so many names are offered; more are no answer. */
const MOST = 4;

/**
 * The one wording of a suggestion, to be put at the end of a message: "; did you mean a,
 * b or c?", or nothing where there is no name, or more than four.
 */
export function didYouMean(names: readonly string[]): string {
  if (names.length === 0 || names.length > MOST) return "";
  const last = names.at(-1);
  const others = names.slice(0, -1).join(", ");
  return `; did you mean ${others === "" ? last : `${others} or ${last}`}?`;
}
