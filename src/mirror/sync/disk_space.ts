import { formatBytes, formatDifferentBytes } from "../../base/mod.ts";
import { freeBytes } from "../../files/mod.ts";
import { NotEnoughSpaceError } from "../errors.ts";

/** What the system said is believed for so long, in milliseconds, where it is plenty. */
const BELIEVED_FOR = 500;

/** The space on the disk where a mirror lies. */
export class DiskSpace {
  readonly #folder: string;
  #free: number | undefined;
  #askedAt = -Infinity;

  /** Asks nothing yet. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Checks that so many bytes are free. Where that may not be known, nothing is checked.
   *
   * @throws {NotEnoughSpaceError} If there are less.
   */
  async check(needed: number, what: string): Promise<void> {
    const now = performance.now();
    const isTight = 2 * needed > (this.#free ?? Infinity);
    if (isTight || now - this.#askedAt > BELIEVED_FOR) {
      this.#free = await freeBytes(this.#folder);
      this.#askedAt = now;
    }
    if (this.#free === undefined || needed <= this.#free) return;
    throw notEnough(this.#folder, what, needed, this.#free);
  }
}

/** The error that says what is needed and what is free. */
export function notEnough(
  folder: string,
  what: string,
  needed: number,
  free: number | undefined,
  cause?: unknown,
): NotEnoughSpaceError {
  // What a file needs is known at least: its content may need more, or another name.
  const [wanted, there] = formatDifferentBytes(needed, free ?? 0);
  const why = needed > (free ?? 0)
    ? `${wanted} are needed, and ${
      free === undefined ? "too few" : there
    } are free`
    : `the disk is full, or can hold no more files; ${
      formatBytes(free ?? 0)
    } are free`;
  return new NotEnoughSpaceError(
    `Cannot fetch ${what} to mirror '${folder}': ${why}`,
    { needed, free, cause },
  );
}
