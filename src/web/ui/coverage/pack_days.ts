/**
 * Packs a letter for each day: weeks are much alike, so that twenty years take four
 * kilobytes. It is undone by {@linkcode unpackDays}.
 *
 * @param letters The letters, a day each.
 * @returns Groups of seven, with their count behind those that come several times.
 */
export function packDays(letters: string): string {
  const packed: string[] = [];
  let last = "", count = 0;
  const put = () => packed.push(last, count > 1 ? String(count) : "");
  for (let at = 0; at < letters.length; at += 7) {
    const group = letters.slice(at, at + 7);
    if (group === last) {
      count++;
      continue;
    }
    put();
    [last, count] = [group, 1];
  }
  put();
  return packed.join("");
}

/**
 * Undoes {@linkcode packDays}.
 *
 * @param packed What it returned.
 * @returns The letters, a day each.
 */
export function unpackDays(packed: string): string {
  return packed.replaceAll(
    /([a-z]{7})(\d+)/g,
    (_, group: string, count: string) => group.repeat(Number(count)),
  );
}
