/** More names are no help, and none is suggested. */
const MAX_NAMES = 4;

/**
 * The one wording of a suggestion, for the end of a message.
 *
 * @param names What may have been meant.
 * @returns "; did you mean a, b or c?", or nothing for no name or more than four.
 */
export function didYouMean(names: readonly string[]): string {
  if (names.length === 0 || names.length > MAX_NAMES) return "";
  const last = names.at(-1);
  const others = names.slice(0, -1).join(", ");
  return `; did you mean ${others === "" ? last : `${others} or ${last}`}?`;
}
