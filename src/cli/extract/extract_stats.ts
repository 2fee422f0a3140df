import { formatBytes } from "../../base/mod.ts";
import type { ExtractedEvent, ExtractSource } from "../../mirror/mod.ts";
import { formatCount } from "../format.ts";

/** What is said of days by where their rows came from, nearest first. */
const SOURCES: readonly [ExtractSource, where: string, done: string][] = [
  ["file-parts", "from the mirror, by index", "read"],
  ["file", "from the mirror, read through", "read"],
  ["object-parts", "from the service, by index", "downloaded"],
  ["object", "from the service, read through", "downloaded"],
];

interface SourceStats {
  days: number;
  bytesRead: number;
  /** How many bytes there are. */
  size: number;
}

/** Objects of fewer bytes have no index, as the help of `flatbed index` says. */
const LARGE = 2 * 1024 * 1024;

/** What was read, from where, and what that saved. */
export class ExtractStats {
  #wasLarge = false;
  readonly #sources = new Map<ExtractSource, SourceStats>();

  /** Counts a day. */
  add({ source, bytesRead, size = bytesRead }: ExtractedEvent): void {
    const stats = this.#sources.get(source) ??
      { days: 0, bytesRead: 0, size: 0 };
    stats.days++;
    this.#wasLarge ||= source === "object" && bytesRead >= LARGE;
    stats.bytesRead += bytesRead;
    stats.size += Math.max(size, bytesRead);
    this.#sources.set(source, stats);
  }

  /** Whether an object was read through that could have an index. */
  get wasLargeReadThrough(): boolean {
    return this.#wasLarge;
  }

  /** One line for each source, such as "2 days from the mirror, by index: read 5 MB of 108 MB". */
  get lines(): string[] {
    return SOURCES.flatMap(([source, where, done]) => {
      const stats = this.#sources.get(source);
      if (stats === undefined) return [];
      const { days, bytesRead, size } = stats;
      const isAll = source === "file" || source === "object";
      const share = isAll
        ? ""
        : ` of ${formatBytes(size)}, saved ${formatBytes(size - bytesRead)}`;
      return [
        `${formatCount(days, "day")} ${where}: ${done} ${
          formatBytes(bytesRead)
        }${share}`,
      ];
    });
  }
}
