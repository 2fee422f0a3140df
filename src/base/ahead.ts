/**
 * Does work for items in their order, and begins with some of it before the item's turn.
 *
 * @param items The items.
 * @param count For how many it is begun at most, the one whose turn it is included.
 * @param begin The work. Where it fails, that is thrown when it is the item's turn.
 * @param mayBeAhead Whether it may begin before the item's turn.
 * @returns What the work comes to, in the order of the items.
 */
export async function* ahead<T, R>(
  items: readonly T[],
  count: number,
  begin: (item: T) => Promise<R>,
  mayBeAhead: (item: T) => boolean = () => true,
): AsyncGenerator<R> {
  const begun = new Map<number, Promise<R>>();
  let next = 0;
  for (const turn of items.keys()) {
    for (const item of items.slice(next, turn + count)) {
      if (next > turn && !mayBeAhead(item)) break;
      const work = begin(item);
      work.catch(() => {}); // thrown at its turn
      begun.set(next++, work);
    }
    const work = begun.get(turn);
    begun.delete(turn);
    if (work !== undefined) yield await work;
  }
}
