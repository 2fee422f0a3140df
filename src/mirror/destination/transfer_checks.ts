import { createHash, type Hash } from "node:crypto";
import {
  canInflate,
  Decompressor,
  type GzipError,
  type GzipPosition,
  GzipVerifier,
  type MemberReader,
} from "../../gzip/mod.ts";
import {
  encodeRowIndex,
  type IndexedObject,
  RowIndexer,
} from "../../rows/mod.ts";
import {
  type GzipState,
  type ObjectInfo,
  provingMd5,
  SavableMd5,
} from "../../store/mod.ts";
import type { SavedChecks } from "./upload_record.ts";

/** What is checked, and how. */
export interface TransferChecksOptions {
  /** The object's key, and its version. */
  object: IndexedObject & Pick<ObjectInfo, "isEncrypted">;
  /** Whether inflating is left out where the ETag is an MD5. */
  trustEtag: boolean;
  /** Whether to make the index of the rows. */
  rowIndex: boolean;
  /** Whether the state can be saved, if that is possible. */
  isSavable: boolean;
  /** What was saved before. */
  saved?: SavedChecks | undefined;
}

/** What all bytes of an object came to. */
export interface TransferFindings {
  md5: string;
  /** `undefined` where the bytes before a saved state have not passed. */
  sha256: string | undefined;
  gzip: GzipState;
  damage: GzipError | undefined;
  /** The same, and where there is none. */
  rowIndex: Uint8Array<ArrayBuffer> | undefined;
}

/** What is found out of all bytes of an object, when all of them have passed. */
export interface WholeFindings extends TransferFindings {
  sha256: string;
}

/**
 * What an object's bytes pass in order: MD5, SHA-256, the check of its gzip data, the index.
 * MD5 and inflating can go on where another process has ended, and prove the bytes. SHA-256
 * and the index cannot: they need all bytes.
 */
export class TransferChecks implements Disposable {
  readonly #object: IndexedObject;
  readonly #md5: Hash | SavableMd5;
  readonly #sha256: Hash | undefined;
  readonly #content:
    | Decompressor
    | RowIndexer
    | GzipVerifier
    | undefined;
  readonly #positions = new PositionTracker();
  /** Whether what they come to can be saved. */
  readonly isSavable: boolean;

  /** Expects the first byte, or that behind what was saved. */
  constructor(
    { object, trustEtag, rowIndex, isSavable, saved }: TransferChecksOptions,
  ) {
    this.#object = object;
    const isGzip = object.key.endsWith(".gz");
    const md5 = isSavable ? SavableMd5.open(saved?.md5) : undefined;
    this.isSavable = md5 !== undefined && isGzip && canInflate;
    this.#md5 = md5 ?? createHash("md5");
    this.#sha256 = saved === undefined ? createHash("sha256") : undefined;
    const onPiece = this.isSavable
      ? (reader: MemberReader) => this.#positions.look(reader)
      : undefined;
    const isInflated = canInflate &&
      (!trustEtag || provingMd5(object) === undefined);
    if (saved !== undefined) {
      // The index of what was read before is gone.
      this.#content = new GzipVerifier(object.key, {
        from: saved.gzip,
        onPiece,
      });
      this.#positions.latest = saved.gzip;
    } else if (isInflated || this.isSavable) {
      this.#content = isGzip && rowIndex
        ? new RowIndexer(object, { onPiece })
        : isGzip && this.isSavable
        ? new GzipVerifier(object.key, { onPiece })
        : new Decompressor(object.key);
    }
  }

  /** Takes bytes that only inflating needs: those between its position and the rest. */
  async inflate(bytes: Uint8Array): Promise<void> {
    await this.#content?.write(bytes);
  }

  /**
   * Takes the next bytes, which must stay as they are until it resolves.
   *
   * @param isLast Whether what they come to may be saved behind them.
   */
  async write(bytes: Uint8Array, isLast = false): Promise<void> {
    this.#positions.isWanted = isLast;
    this.#md5.update(bytes);
    this.#sha256?.update(bytes);
    await this.#content?.write(bytes);
  }

  /**
   * What the checks come to behind so many parts; `undefined` where it cannot be saved: the
   * data is damaged, or no block of it has ended.
   */
  save(parts: number): SavedChecks | undefined {
    const gzip = this.#positions.latest;
    const canSave = this.#md5 instanceof SavableMd5 && gzip !== undefined &&
      this.#content?.damage === undefined;
    if (!canSave) return undefined;
    return { parts, md5: this.#md5.save(), gzip };
  }

  /** Ends the data. */
  async end(): Promise<TransferFindings> {
    const content = this.#content;
    await content?.end();
    const damage = content?.damage;
    const isGzip = content instanceof GzipVerifier ||
      content?.isGzip === true;
    const index = content instanceof RowIndexer ? content.index : undefined;
    return {
      md5: this.#md5.digest("hex"),
      sha256: this.#sha256?.digest("hex"),
      gzip: damage !== undefined ? "damaged" : isGzip ? "whole" : "unchecked",
      damage,
      rowIndex: index &&
        await encodeRowIndex({ ...index, object: this.#object }),
    };
  }

  /** Releases the memory of data that has not ended. */
  [Symbol.dispose](): void {
    this.#content?.[Symbol.dispose]();
  }
}

/** Notes where inflating could go on: the last block's end, as long as it is wanted. */
class PositionTracker {
  isWanted = false;
  latest: GzipPosition | undefined;
  /** The end of a member, whose checksums have not been compared yet. */
  #next: GzipPosition | undefined;

  look(reader: MemberReader): void {
    if (this.#next !== undefined) {
      this.latest = this.#next;
      this.#next = undefined;
    }
    // A block has some 200 KB, and its window is copied: 32 KiB.
    const position = this.isWanted ? reader.position() : undefined;
    if (position === undefined) return;
    if (position.isMember) this.#next = position;
    else this.latest = position;
  }
}
