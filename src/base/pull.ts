/**
 * Asks for pieces one by one where a function hands them on. It begins with the first
 * one that is asked for, and waits in `take` until the next one is. Where no more is
 * wanted, `take` rejects.
 */
export async function* pull<T>(
  push: (take: (piece: T) => Promise<void>) => Promise<void>,
): AsyncGenerator<T> {
  let given = Promise.withResolvers<{ piece: T } | undefined>();
  let asked = Promise.withResolvers<void>();
  const work = push((piece) => {
    given.resolve({ piece });
    return asked.promise;
  }).then(() => given.resolve(undefined), (error) => given.reject(error));
  try {
    while (true) {
      const next = await given.promise;
      if (next === undefined) return;
      yield next.piece;
      given = Promise.withResolvers();
      const { resolve } = asked;
      asked = Promise.withResolvers();
      resolve();
    }
  } finally {
    given.promise.catch(() => {}); // nobody wants to know how it ends
    asked.promise.catch(() => {});
    asked.reject(new DOMException("No more is wanted", "AbortError"));
    await work;
  }
}
