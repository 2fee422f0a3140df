import type { DataType } from "../../catalog/mod.ts";
import type { Floor } from "./floor.ts";
import { type FloorOptions, searchFloor } from "./search_floor.ts";
import { writeBriefly } from "../manifest/write_briefly.ts";
import type { MirrorContext } from "../mirror_context.ts";

/** The floors of all data types: one that was found is searched for once on a date (UTC). */
export class Floors {
  readonly #context: MirrorContext;
  readonly #found = new Map<DataType, Floor & { foundOn: string }>();

  /** Begins with what the manifest remembers. */
  constructor(context: MirrorContext) {
    this.#context = context;
  }

  /** The floor of a data type, where it was found today; that nothing can be read may change at any time. */
  known(dataType: DataType): Floor | undefined {
    const floor = this.last(dataType);
    return floor?.foundOn === this.#today() && floor.date !== undefined
      ? floor
      : undefined;
  }

  /** The floor of a data type that was found last, on whatever date. */
  last(dataType: DataType): Floor & { foundOn: string } | undefined {
    return this.#found.get(dataType) ?? this.#context.manifest.floor(dataType);
  }

  /** The floor of a data type, searched for where it was not found today. */
  async find(dataType: DataType, options: FloorOptions = {}): Promise<Floor> {
    const known = this.known(dataType);
    if (known !== undefined) return known;
    const { catalog, downloader, isWriter, manifest, now } = this.#context;
    const floor = await searchFloor(
      downloader("find the oldest readable date"),
      catalog,
      dataType,
      now(),
      options,
    );
    const foundOn = this.#today();
    this.#found.set(dataType, { ...floor, foundOn });
    if (isWriter) manifest.rememberFloor(dataType, floor, foundOn);
    return floor;
  }

  /**
   * Remembers what was found in a mirror that is only looked at.
   *
   * @throws {MirrorBusyError} If somebody else writes to the mirror.
   * @throws {LocalFileError} If it cannot be written to.
   */
  async remember(): Promise<void> {
    if (this.#context.isWriter || this.#found.size === 0) return;
    await writeBriefly(this.#context, (manifest) => {
      for (const [dataType, { foundOn, ...floor }] of this.#found) {
        manifest.rememberFloor(dataType, floor, foundOn);
      }
    });
  }

  #today(): string {
    return this.#context.now().toISOString().slice(0, 10);
  }
}
