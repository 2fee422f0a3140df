import { createHash, type Hash } from "node:crypto";
import type { Tap } from "../base/mod.ts";
import type { PartFile } from "../files/mod.ts";
import { canInflate, Decompressor } from "../gzip/mod.ts";
import { type Md5, type ObjectInfo, provingMd5 } from "../store/mod.ts";
import type { CheckedFileOptions } from "./check_download.ts";

/** What is computed from the stored bytes while they arrive. */
export class ByteChecks implements Disposable {
  /** The SHA-256 of the file, if requested. */
  readonly sha256: Hash | undefined;
  /** Inflates gzip data, for its content or just to verify it. */
  readonly content: Decompressor | undefined;
  /** The taps that all stored bytes pass. */
  readonly taps: readonly Tap[];

  constructor(
    key: string,
    version: Pick<ObjectInfo, "etag" | "isEncrypted">,
    part: PartFile,
    { sha256, decompress, trustEtag }: CheckedFileOptions,
  ) {
    const hash = this.sha256 = sha256 ? createHash("sha256") : undefined;
    if (decompress) {
      const content = new Decompressor(key, async (bytes) => {
        hash?.update(bytes);
        if (content.isGzip) await part.writeContent(bytes);
      });
      this.content = content;
    } else if (
      canInflate && (!trustEtag || provingMd5(version) === undefined)
    ) {
      // Without WebAssembly, several members cannot be told from damaged data.
      this.content = new Decompressor(key);
    }
    const { content } = this;
    this.taps = [
      ...hashing(decompress ? undefined : hash),
      ...(content ? [(bytes: Uint8Array) => content.write(bytes)] : []),
    ];
  }

  /** Releases the memory of data that has not ended. */
  [Symbol.dispose](): void {
    this.content?.[Symbol.dispose]();
  }
}

/** The tap that feeds a hash; none without a hash. */
export function hashing(hash: Hash | Md5 | undefined): Tap[] {
  return hash ? [(bytes) => void hash.update(bytes)] : [];
}
