import { fileError, inspectPath, writeAllSync } from "../../files/mod.ts";
import { LocalFileError } from "../../base/mod.ts";
import { type LockHolder, MirrorBusyError } from "../errors.ts";
import { STATE_FOLDER } from "../state_folder.ts";

/**
 * The lock of the one writer. The system holds it for the open file, so it ends with
 * the process, however that ends; what is written in the file only says who it is.
 */
export class MirrorLock implements Disposable {
  readonly #file: Deno.FsFile;

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /**
   * Takes the lock of a mirror, whose folders are there.
   *
   * @throws {MirrorBusyError} If somebody else has it.
   */
  static async take(folder: string, holder: LockHolder): Promise<MirrorLock> {
    const path = `${folder}/${STATE_FOLDER}/lock`;
    // Opening a pipe may wait for somebody else to open it too, and it holds nothing.
    if (inspectPath(path).kind === "other") {
      throw new LocalFileError(
        `Cannot use lock '${path}': it is not a regular file`,
      );
    }
    const file = await Deno.open(path, {
      read: true,
      write: true,
      create: true,
    });
    try {
      if (!await file.tryLock(true)) throw await busy(folder, path);
      await file.truncate();
      const text = `${JSON.stringify(holder)}\n`;
      writeAllSync(file, new TextEncoder().encode(text));
      return new MirrorLock(file);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Gives the lock back. */
  [Symbol.dispose](): void {
    // It stays: whoever has just opened it would hold the lock of a removed file.
    this.#file.truncateSync();
    this.#file.close();
  }
}

/** How this process is named to others that want the lock. */
export function describeProcess(
  command: string | undefined,
  now: Date,
): LockHolder {
  return {
    pid: Deno.pid,
    command: command ?? mainModule(),
    host: hostname(),
    since: now.toISOString(),
  };
}

/** The script that runs; its arguments are not told, since they may hold secrets. */
function mainModule(): string {
  return Deno.mainModule.replace(/[?#].*$/, "").split("/").at(-1) || "deno";
}

function hostname(): string | undefined {
  // Asked first, since a person would be asked otherwise.
  const { state } = Deno.permissions.querySync({
    name: "sys",
    kind: "hostname",
  });
  return state === "granted" ? Deno.hostname() : undefined;
}

async function busy(folder: string, path: string): Promise<Error> {
  const holder = await readHolder(path);
  if (holder === undefined) {
    return new MirrorBusyError(
      `Cannot write to mirror '${folder}': another process is writing to it`,
    );
  }
  const { pid, command, host, since } = holder;
  const where = host === undefined ? "" : ` on ${host}`;
  return new MirrorBusyError(
    `Cannot write to mirror '${folder}': process ${pid}${where} (${command}) has been writing to it since ${since}`,
    { holder },
  );
}

async function readHolder(path: string): Promise<LockHolder | undefined> {
  try {
    const { pid, command, host, since } = JSON.parse(
      await Deno.readTextFile(path),
    ) ?? {};
    if (
      !Number.isSafeInteger(pid) || typeof command !== "string" ||
      typeof since !== "string"
    ) return undefined;
    return {
      pid,
      command: printable(command),
      host: typeof host === "string" ? printable(host) : undefined,
      since: printable(since),
    };
  } catch {
    return undefined; // not written yet, or not to be read while it is locked
  }
}

function printable(text: string): string {
  return text.slice(0, 200).replaceAll(/[^\x20-\x7e]/g, "?");
}

/** Turns what the system says about a mirror's folder into one of the project's own errors. */
export function folderError(folder: string, error: unknown): unknown {
  if (
    !(error instanceof Error) || error instanceof Deno.errors.NotCapable ||
    error instanceof MirrorBusyError
  ) return error;
  return fileError("open mirror", folder, error);
}
