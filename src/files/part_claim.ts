import { delay } from "@std/async/delay";
import { existsSync } from "node:fs";
import { ignoreAbsent, isAbsent } from "./absent.ts";
import { withFile } from "./file_errors.ts";
import { hostName } from "./host_name.ts";
import { PART_ENDINGS } from "./part_endings.ts";
import { writeAll } from "./write_all.ts";

/** What the name of a claimed file has besides the ending of a part file. */
const CLAIM = ".claim";
/** The ending of the file that says that a claim's process is alive. */
const ALIVE = ".alive";
/** The interval of signs of life, in milliseconds. */
const BEAT_MS = 2000;
/** Without a sign of life for so long, a process on another machine is taken for dead, in milliseconds. */
const SILENCE_MS = 15_000;

/**
 * The claim of one process to prove a whole file and to put it in its place. The file bears
 * a name that only this process knows: renaming it is how a claim is taken, and how it is
 * taken over from a process that has ended. A process that was only silent finds its name
 * gone, and can do no harm: nobody writes to the file any more, and what it makes besides
 * bears its own name.
 *
 * No two clocks are compared: a claim is alive while its sign of life changes.
 */
export class PartClaim implements AsyncDisposable {
  /** The path that the endings of part files are appended to. */
  readonly base: string;
  readonly #data: string;
  readonly #alive: Deno.FsFile;
  #beating: Promise<void> = Promise.resolve();
  #isOver = false;
  readonly #timer: ReturnType<typeof setInterval>;

  private constructor(base: string, data: string, alive: Deno.FsFile) {
    this.base = base;
    this.#data = data;
    this.#alive = alive;
    let beats = 0;
    this.#timer = setInterval(() => {
      this.#beating = this.#beating.then(async () => {
        // That it cannot be written is no reason to end what it tells of.
        if (!this.#isOver) await beat(alive, ++beats).catch(() => {});
      });
    }, BEAT_MS);
  }

  /** Whether a name in a collection's folder is that of a claimed file. */
  static isPart(name: string): boolean {
    return name.endsWith(CLAIM + PART_ENDINGS.part);
  }

  /**
   * Takes a file, from nobody or from a process that has ended.
   *
   * @param folder The folder of the collection.
   * @param id The collection's id, which its names begin with.
   * @param signal Ends the waiting for a sign of life.
   * @returns `undefined` if another process has it, or it is gone.
   * @throws {LocalFileError} If it cannot be taken.
   */
  static async take(
    folder: string,
    id: string,
    signal: AbortSignal | undefined,
  ): Promise<PartClaim | undefined> {
    return await withFile("write", folder, async () => {
      const data = `${folder}/${id}.data`;
      const claimed = existsSync(data)
        ? undefined
        : await claimedIn(folder, id);
      if (claimed !== undefined && await isAlive(claimed, signal)) {
        return undefined;
      }
      const from = claimed === undefined ? data : claimed + PART_ENDINGS.part;
      const base = `${folder}/${id}.${crypto.randomUUID()}${CLAIM}`;
      const to = base + PART_ENDINGS.part;
      // Before the name is there: who finds that can tell that somebody is alive.
      const alive = await Deno.open(base + ALIVE, {
        write: true,
        createNew: true,
      });
      try {
        await tryLock(alive, true);
        await beat(alive, 0);
        await Deno.rename(from, to).catch((error) => {
          // An answer may get lost on the network: then it was this one all the same.
          if (!existsSync(to)) throw error;
        });
      } catch (error) {
        alive.close();
        await Deno.remove(base + ALIVE).catch(ignoreAbsent);
        if (isAbsent(error)) return undefined; // another one was faster
        throw error;
      }
      if (claimed !== undefined) {
        for (const ending of [ALIVE, PART_ENDINGS.content]) {
          await Deno.remove(claimed + ending).catch(ignoreAbsent);
        }
      }
      return new PartClaim(base, data, alive);
    });
  }

  /** Whether it is this process's still: another one may have taken it for dead. */
  get isHeld(): boolean {
    return existsSync(this.base + PART_ENDINGS.part);
  }

  /** Gives the file back, for the next one to claim. */
  async giveBack(): Promise<void> {
    await Deno.remove(this.base + PART_ENDINGS.content).catch(ignoreAbsent);
    await Deno.rename(this.base + PART_ENDINGS.part, this.#data)
      .catch(ignoreAbsent);
  }

  /** Gives no more signs of life. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#timer);
    await this.#beating;
    this.#alive.close();
    await Deno.remove(this.base + ALIVE).catch(ignoreAbsent);
  }
}

/** The base of the claimed file of a collection. */
async function claimedIn(
  folder: string,
  id: string,
): Promise<string | undefined> {
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.startsWith(`${id}.`) || !PartClaim.isPart(name)) continue;
    return `${folder}/${name.slice(0, -PART_ENDINGS.part.length)}`;
  }
}

/** Whether a lock can be had; also where the file system has none. */
async function tryLock(
  file: Deno.FsFile,
  isExclusive: boolean,
): Promise<boolean> {
  try {
    return await file.tryLock(isExclusive);
  } catch {
    return true;
  }
}

/** Gives a sign of life. */
async function beat(alive: Deno.FsFile, count: number): Promise<void> {
  const sign = { pid: Deno.pid, host: hostName(), count };
  const text = new TextEncoder().encode(`${JSON.stringify(sign)}\n`);
  alive.seekSync(0, Deno.SeekMode.Start);
  await writeAll(alive, text);
  await alive.sync();
}

/** Whether the process that has claimed a file is alive. */
async function isAlive(
  claimed: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const first = await readSign(claimed);
  if (first === undefined) return false;
  // Where locks work, it is certain; where they do not, nobody is refused.
  if (first.isLocked) return true;
  if (first.host !== undefined && first.host === hostName()) return false;
  for (let waited = 0; waited < SILENCE_MS; waited += BEAT_MS / 2) {
    await delay(BEAT_MS / 2, { ...(signal && { signal }) });
    const sign = await readSign(claimed);
    // What is gone was finished, or given back.
    if (sign === undefined || sign.text !== first.text) return true;
  }
  return false;
}

async function readSign(
  claimed: string,
): Promise<
  { text: string; host: string | undefined; isLocked: boolean } | undefined
> {
  try {
    // Opened anew each time: a network file system asks the server then.
    using file = await Deno.open(claimed + ALIVE);
    const isLocked = !await tryLock(file, false);
    const text = await Deno.readTextFile(claimed + ALIVE);
    const sign: unknown = JSON.parse(text);
    const host = typeof sign === "object" && sign !== null && "host" in sign &&
        typeof sign.host === "string"
      ? sign.host
      : undefined;
    return { text, host, isLocked };
  } catch (error) {
    if (error instanceof SyntaxError) {
      return { text: "", host: undefined, isLocked: false };
    }
    ignoreAbsent(error);
  }
}
