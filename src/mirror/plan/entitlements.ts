import type { DataType } from "../../catalog/mod.ts";
import {
  decodeReadableRange,
  encodeReadableRange,
} from "../shards/shared_readable_range.ts";
import type { ReadableRange } from "./readable_range.ts";
import {
  type SearchOptions,
  searchReadableRange,
} from "./search_readable_range.ts";
import { writeBriefly } from "../manifest/write_briefly.ts";
import type { MirrorContext } from "../mirror_context.ts";

/** What the account can read of each data type: searched for at most once a day (UTC). */
export class Entitlements {
  readonly #context: MirrorContext;
  readonly #found = new Map<DataType, ReadableRange & { foundOn: string }>();

  /** Begins with what the manifest remembers. */
  constructor(context: MirrorContext) {
    this.#context = context;
  }

  /** What was found today. That nothing can be read is searched for again: it may change at any time. */
  known(dataType: DataType): ReadableRange | undefined {
    const readable = this.last(dataType);
    return readable?.foundOn === this.#today() && readable.date !== undefined
      ? readable
      : undefined;
  }

  /** What was found last, on whatever date. */
  last(dataType: DataType): ReadableRange & { foundOn: string } | undefined {
    return this.#found.get(dataType) ??
      this.#context.manifest.readableRange(dataType);
  }

  /** What was found today, or else what a search finds now. */
  async find(
    dataType: DataType,
    options: SearchOptions = {},
  ): Promise<ReadableRange> {
    const known = this.known(dataType);
    if (known !== undefined) return known;
    const { isWriter, manifest } = this.#context;
    const foundOn = this.#today();
    const readable = await this.#search(dataType, foundOn, options);
    this.#found.set(dataType, { ...readable, foundOn });
    if (isWriter) manifest.rememberReadableRange(dataType, readable, foundOn);
    return readable;
  }

  /** Searches, or takes what another shard has found. */
  async #search(
    dataType: DataType,
    today: string,
    options: SearchOptions,
  ): Promise<ReadableRange> {
    const { catalog, downloader, now, shared } = this.#context;
    const search = () =>
      searchReadableRange(
        downloader("find the oldest readable date"),
        catalog,
        dataType,
        now(),
        options,
      );
    if (shared === undefined) return await search();
    const { content } = await shared.get(
      `listings/${dataType}/readable-${today}.json`,
      async () => encodeReadableRange(await search()),
      options.signal,
    );
    return decodeReadableRange(content) ?? await search();
  }

  /**
   * Records what was found in a mirror that is opened read-only.
   *
   * @throws {MirrorBusyError} If somebody else writes to the mirror.
   * @throws {LocalFileError} If it cannot be written to.
   */
  async remember(): Promise<void> {
    if (this.#context.isWriter || this.#found.size === 0) return;
    await writeBriefly(this.#context, (manifest) => {
      for (const [dataType, { foundOn, ...readable }] of this.#found) {
        manifest.rememberReadableRange(dataType, readable, foundOn);
      }
    });
  }

  #today(): string {
    return this.#context.now().toISOString().slice(0, 10);
  }
}
