import { dirname } from "node:path";

/** What a mirror has in its own folder before anything was fetched. */
const STATE = /^(lock|manifest\.sqlite(-\w+)?)$/;

/**
 * A run that may be the first one of a mirror. Unless it succeeds, it leaves no folders
 * behind that it has made, where no file is in them.
 */
export class FirstRun implements AsyncDisposable {
  readonly #folder: string;
  /** The folders that were not there, the lowest one first. */
  readonly #made: readonly string[];
  #isKept = false;

  private constructor(folder: string, made: readonly string[]) {
    this.#folder = folder;
    this.#made = made;
  }

  /** Looks at what is there before the mirror is opened. */
  static async begin(folder: string): Promise<FirstRun> {
    const made: string[] = [];
    const state = `${folder}/.flatbed`;
    for (
      let path = state;
      path !== dirname(path) && !await isThere(path);
      path = path === state ? folder : dirname(path)
    ) made.push(path);
    return new FirstRun(folder, made);
  }

  /** The run has succeeded: what it has made is kept. */
  succeed(): void {
    this.#isKept = true;
  }

  /** Removes empty folders after a failure. The mirror must be closed before. */
  async [Symbol.asyncDispose](): Promise<void> {
    const [state, folder] = this.#made;
    if (this.#isKept || state === undefined) return;
    try {
      if (await hasFiles(this.#folder)) return;
      await Deno.remove(folder ?? state, { recursive: true });
      for (const path of this.#made.slice(2)) await Deno.remove(path);
    } catch {
      // What failed first is what matters, and empty folders do no harm.
    }
  }
}

/** Whether there is anything besides a mirror that knows of no file, and empty folders. */
async function hasFiles(folder: string): Promise<boolean> {
  const isState = /[/\\]\.flatbed$/.test(folder);
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isState && STATE.test(name)) continue;
    if (!isDirectory || await hasFiles(`${folder}/${name}`)) return true;
  }
  return false;
}

/** Whether a path is there; where that may not be known, it was not made by this run. */
async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}
