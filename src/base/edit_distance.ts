/**
 * The optimal string alignment distance of two texts: how many letters have to be
 * inserted, removed, replaced or swapped with their neighbour. `levenshteinDistance()` of
 * `@std/text` counts a swap, the most frequent typing error, as two.
 */
export function editDistance(one: string, other: string): number {
  const [a, b] = [[...one], [...other]];
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of a.entries()) {
    const next = [i + 1];
    for (const [j, wanted] of b.entries()) {
      let least = Math.min(
        (row[j] ?? 0) + (letter === wanted ? 0 : 1),
        (row[j + 1] ?? 0) + 1,
        (next[j] ?? 0) + 1,
      );
      if (i > 0 && j > 0 && letter === b[j - 1] && a[i - 1] === wanted) {
        least = Math.min(least, (before[j - 1] ?? 0) + 1);
      }
      next.push(least);
    }
    [before, row] = [row, next];
  }
  return row.at(-1) ?? 0;
}
