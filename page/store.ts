import { useEffect, useState } from "preact/hooks";

/** A value that several parts of the page show. */
export interface Store<T> {
  /** The value now. */
  get(): T;
  /** Changes it, and tells who shows it. */
  set(value: T): void;
  /** Calls back at each change, until the function that it returns is called. */
  subscribe(tell: (value: T) => void): () => void;
}

/** A store that begins with a value. */
export function createStore<T>(initial: T): Store<T> {
  let current = initial;
  const listeners = new Set<(value: T) => void>();
  return {
    get: () => current,
    set(value) {
      if (Object.is(value, current)) return;
      current = value;
      for (const tell of [...listeners]) tell(value);
    },
    subscribe(tell) {
      listeners.add(tell);
      return () => void listeners.delete(tell);
    },
  };
}

/** A store's value in a component, drawn again when it changes. */
export function useStore<T>(store: Store<T>): T {
  const [value, setValue] = useState<T>(() => store.get());
  useEffect(() => {
    setValue(() => store.get()); // it may have changed since the component was drawn
    return store.subscribe((next) => setValue(() => next));
  }, [store]);
  return value;
}
