import { nextTurn, type Tap } from "../base/mod.ts";
import { canInflate } from "./inflater.ts";
import { MemberReader } from "./member_reader.ts";
import { OneMemberGunzip } from "./one_member_gunzip.ts";

/** After so many bytes or pieces of content, other tasks of the thread have their turn. */
const MAX_BYTES_AT_ONCE = 16 * 1024 * 1024;
const MAX_PIECES_AT_ONCE = 256;

/** Decompresses the gzip data that is written to it. */
export type Gunzip = Pick<OneMemberGunzip, "write" | "end" | keyof Disposable>;

/** Starts to decompress; without WebAssembly, data of one member only. */
export function openGunzip(take: Tap): Gunzip {
  return canInflate ? new MemberGunzip(take) : new OneMemberGunzip(take);
}

class MemberGunzip implements Gunzip {
  readonly #take: Tap;
  readonly #reader = new MemberReader();
  #bytes = 0;
  #pieces = 0;

  constructor(take: Tap) {
    this.#take = take;
  }

  async write(data: Uint8Array): Promise<void> {
    this.#reader.write(data);
    for (let out; (out = this.#reader.read()) !== undefined;) {
      const isTaken = out.length > 0 ? this.#take(out) : undefined;
      if (isTaken !== undefined) await isTaken;
      this.#bytes += out.length;
      if (
        this.#bytes < MAX_BYTES_AT_ONCE && ++this.#pieces < MAX_PIECES_AT_ONCE
      ) {
        continue;
      }
      await nextTurn();
      this.#bytes = this.#pieces = 0;
    }
  }

  // deno-lint-ignore require-await -- what it throws rejects
  async end(): Promise<void> {
    this.#reader.end();
  }

  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]();
  }
}
