import { dirname } from "node:path";
import { isBucket } from "./out_options.ts";

/** What a new mirror's own folder contains. */
const STATE = /^(activities|lock|manifest\.sqlite(-\w+)?)$/;

/**
 * A run that may be the first of a mirror. If it fails, the folders it created are removed,
 * unless there is a file in them.
 */
export class FirstRun implements AsyncDisposable {
  readonly #folder: string;
  /** The folders that did not exist, the deepest first. */
  readonly #made: readonly string[];
  #isKept = false;

  private constructor(folder: string, made: readonly string[]) {
    this.#folder = folder;
    this.#made = made;
  }

  /** Records what exists before the mirror is opened. */
  static async begin(folder: string): Promise<FirstRun> {
    // A bucket has no folders, and is not made by a run.
    if (isBucket(folder)) return new FirstRun(folder, []);
    const made: string[] = [];
    const state = `${folder}/.flatbed`;
    for (
      let path = state;
      path !== dirname(path) && !await isThere(path);
      path = path === state ? folder : dirname(path)
    ) made.push(path);
    return new FirstRun(folder, made);
  }

  /** Marks the run as successful: its folders are kept. */
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
      // The first error matters, and empty folders do no harm.
    }
  }
}

/** Whether there is anything but empty folders and a mirror without files. */
async function hasFiles(folder: string): Promise<boolean> {
  const isState = /[/\\]\.flatbed$/.test(folder);
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isState && STATE.test(name)) continue;
    if (!isDirectory || await hasFiles(`${folder}/${name}`)) return true;
  }
  return false;
}

/** Whether a path exists; one that may not be looked at was not created by this run. */
async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}
