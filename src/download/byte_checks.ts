import { createHash, type Hash } from "node:crypto";
import type { Tap } from "../base/mod.ts";
import type { PartFile } from "../files/mod.ts";
import { canInflate, Decompressor } from "../gzip/mod.ts";
import type { IndexedObject, RowIndexer } from "../rows/mod.ts";
import { type Md5, type ObjectInfo, provingMd5 } from "../store/mod.ts";
import type { CheckedFileOptions } from "./check_download.ts";

/** The version of an object that is checked; its size, where that is known. */
type CheckedVersion =
  & Pick<ObjectInfo, "etag" | "isEncrypted">
  & Partial<Pick<ObjectInfo, "size">>;

/** Opens what inflates; the tap gets the content. */
type OpenContent = (take?: Tap) => Decompressor | RowIndexer;

/** What is computed from the stored bytes while they arrive. */
export class ByteChecks implements Disposable {
  /** The SHA-256 of the file, if requested. */
  readonly sha256: Hash | undefined;
  /** Inflates gzip data, for its content or just to verify it. */
  readonly content: Decompressor | RowIndexer | undefined;
  /** The taps that all stored bytes pass. */
  readonly taps: readonly Tap[];

  private constructor(
    version: CheckedVersion,
    part: PartFile,
    { sha256, decompress, trustEtag }: CheckedFileOptions,
    openContent: OpenContent,
  ) {
    const hash = this.sha256 = sha256 ? createHash("sha256") : undefined;
    if (decompress) {
      const content = openContent(async (bytes) => {
        hash?.update(bytes);
        if (content.isGzip) await part.writeContent(bytes);
      });
      this.content = content;
    } else if (
      canInflate && (!trustEtag || provingMd5(version) === undefined)
    ) {
      // Without WebAssembly, several members cannot be told from damaged data.
      this.content = openContent();
    }
    const { content } = this;
    this.taps = [
      ...hashing(decompress ? undefined : hash),
      ...(content ? [(bytes: Uint8Array) => content.write(bytes)] : []),
    ];
  }

  /** Starts the checks of a version of an object. */
  static async open(
    key: string,
    version: CheckedVersion,
    part: PartFile,
    options: CheckedFileOptions,
  ): Promise<ByteChecks> {
    const { etag, size } = version;
    // How an index divides the content depends on the size.
    const isIndexed = options.rowIndex && canInflate && key.endsWith(".gz") &&
      size !== undefined;
    const openContent = isIndexed
      ? await indexingRows({ key, etag, size })
      : (take?: Tap) => new Decompressor(key, take);
    return new ByteChecks(version, part, options, openContent);
  }

  /** The index of the rows of data that has ended, encoded, if one was made. */
  async rowIndex(
    object: IndexedObject,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { content } = this;
    if (content === undefined || !("index" in content)) return undefined;
    if (content.index === undefined) return undefined;
    const { encodeRowIndex } = await import("../rows/mod.ts");
    return await encodeRowIndex({ ...content.index, object });
  }

  /** Releases the memory of data that has not ended. */
  [Symbol.dispose](): void {
    this.content?.[Symbol.dispose]();
  }
}

/** Inflates, and makes the index of the rows on the way. */
async function indexingRows(object: IndexedObject): Promise<OpenContent> {
  const { RowIndexer } = await import("../rows/mod.ts"); // others do not need it
  return (take) => new RowIndexer(object, { take });
}

/** The tap that feeds a hash; none without a hash. */
export function hashing(hash: Hash | Md5 | undefined): Tap[] {
  return hash ? [(bytes) => void hash.update(bytes)] : [];
}
