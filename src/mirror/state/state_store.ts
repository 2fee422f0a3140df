/** What can be told of a state file without reading it. */
export interface StateFile {
  /** Its name: a path below the store, with `/` between its parts. */
  name: string;
  /** Its size in bytes. */
  size: number;
  /** When it was written last, by the clock of the store. */
  mtime: Date;
}

/** Options of `StateStore.list`. */
export interface StateListOptions {
  /**
   * How many files are looked at, whichever they are: anybody may have put any number there.
   *
   * @default {Infinity}
   */
  most?: number;
}

/** Options of {@linkcode StateStore.write}. */
export interface StateWriteOptions {
  /**
   * Whether to write only where nothing is there yet.
   *
   * @default {false}
   */
  ifAbsent?: boolean;
}

/**
 * Where a mirror keeps what it knows beside its copies, as small files that are written
 * whole: a reader sees the old content or the new one. Several processes may use it at
 * once. Names lie below `.flatbed/`, and look like `indexes/us_stocks_sip/…`.
 */
export interface StateStore {
  /** How people are told of it: a folder's path, or an `s3://` URL. */
  readonly location: string;

  /**
   * How people are told where a file is; also where there is none.
   *
   * @param name The file's name.
   */
  locate(name: string): string;

  /**
   * The path of a file on this machine, for threads that read it themselves.
   *
   * @param name The file's name.
   * @returns The path; `undefined` where files of the store have none.
   */
  pathOf(name: string): string | undefined;

  /**
   * Looks up a file.
   *
   * @param name The file's name.
   * @returns What is known of it; `undefined` if there is none.
   * @throws {FlatbedError} If that cannot be found out.
   */
  stat(name: string): Promise<StateFile | undefined>;

  /**
   * Reads a file.
   *
   * @param name The file's name.
   * @returns Its content; `undefined` if there is none.
   * @throws {FlatbedError} If it cannot be read.
   */
  read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>;

  /**
   * Writes a file whole, in the place of an older one.
   *
   * @param name The file's name.
   * @param content Its content; text as UTF-8.
   * @param options When to write it.
   * @returns Whether it was written: `false` only where one was to be absent and is not.
   * @throws {FlatbedError} If it cannot be written.
   */
  write(
    name: string,
    content: string | Uint8Array,
    options?: StateWriteOptions,
  ): Promise<boolean>;

  /**
   * Lists the files in a folder and all below it, in the order of names.
   *
   * @param folder The folder's name, without a slash at the end.
   * @param options How many.
   * @returns The files; none where there is no such folder.
   * @throws {FlatbedError} If it cannot be listed.
   */
  list(folder: string, options?: StateListOptions): Promise<StateFile[]>;

  /**
   * Removes a file; does nothing if there is none.
   *
   * @param name The file's name.
   * @throws {FlatbedError} If it cannot be removed.
   */
  remove(name: string): Promise<void>;

  /**
   * Finds out whether files can be written to a folder, as far as that costs nothing:
   * before long work whose result would be lost.
   *
   * @param folder The folder's name, without a slash at the end.
   * @throws {FlatbedError} If they cannot.
   */
  prepare(folder: string): Promise<void>;
}
