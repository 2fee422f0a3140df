import type { ObjectFacts, StoredObject } from "./stored_object.ts";

/** A bucket that is read. */
export interface ReadableBucket {
  /** Its name. */
  readonly name: string;

  /**
   * The keys from `from` on that begin with `prefix`, in the order of their bytes.
   *
   * @param from The first key that may come.
   * @param prefix How they begin.
   */
  keysFrom(from: string, prefix: string): Iterable<string>;

  /**
   * What a listing says of an object.
   *
   * @param key Its key.
   * @returns `undefined` where it is not to be listed.
   */
  describe(key: string): ObjectFacts | undefined;

  /**
   * Finds an object.
   *
   * @param key Its key.
   * @returns The object; `undefined` if there is none.
   * @throws {S3Error} If there is one and it cannot be had.
   */
  find(
    key: string,
  ): StoredObject | undefined | Promise<StoredObject | undefined>;
}
