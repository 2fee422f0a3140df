/**
 * Turns a function that pushes values into a generator.
 *
 * @param push Called with the first `next()`. Each `take()` resolves with the next
 * `next()`, and rejects if the consumer stops early.
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
    given.promise.catch(() => {}); // may reject without a listener
    asked.promise.catch(() => {});
    asked.reject(new DOMException("The consumer has stopped", "AbortError"));
    await work;
  }
}
