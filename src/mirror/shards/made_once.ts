import { LocalFileError, passesSoon } from "../../base/mod.ts";
import { decodeError, encodeError } from "../../download/mod.ts";
import type { StateFile, StateStore } from "../state/state_store.ts";

/** Something that shards share. */
export interface Made {
  readonly content: Uint8Array<ArrayBuffer>;
  /** When it was made, by the clock of the store. */
  readonly madeAt: Date;
  /** Whether it was made just now, by this process. */
  readonly isOwn: boolean;
}

/** Options of {@linkcode MadeOnce}. */
export interface MadeOnceOptions {
  store: StateStore;
  /** What is older is made again, in milliseconds. */
  maxAge: number;
  /** How this process is named to the others that wait for it. */
  holder: string;
  now: () => Date;
  /** Whether what is made may be kept for others. */
  isKept: boolean;
  /** How waiting is done. */
  delay: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** What the name of a note ends with that it could not be made. */
export const FAILED_ENDING = ".failed";

/** What the name of a claim ends with. */
export const CLAIM_ENDING = ".claim";

/** How long to wait before looking again whether another process has made it, in milliseconds. */
const FIRST_POLL = 250;
const LAST_POLL = 2000;
/** How often whoever makes something says that it still does, in milliseconds. */
const SIGN_OF_LIFE = 10_000;
/** A claim that has not changed for so long is nobody's any more, in milliseconds. */
const DEAD_AFTER = 60_000;
/** One that is so old is nobody's, as far as clocks agree. */
const OLD_CLAIM = 600_000;

/**
 * What many processes need and one makes: whoever comes first claims it, makes it and keeps
 * it in the mirror; the others wait for it. Where it fails because of something that passes, such as an outage,
 * those who wait fail at once with the same error, instead of trying in turns: whoever comes
 * later tries again. A claim whose owner gives no sign of life is
 * taken over. Where two make it all the same, both are right.
 */
export class MadeOnce {
  readonly #options: MadeOnceOptions;

  /** Nothing is read or written yet. */
  constructor(options: MadeOnceOptions) {
    this.#options = options;
  }

  /**
   * What is there and young enough, or else what is made now, here or by another process.
   *
   * @param name Its name in the store.
   * @param make Makes it.
   * @throws {unknown} What `make` throws, or the signal's reason, if it is aborted.
   */
  async get(
    name: string,
    make: () => Promise<string>,
    signal?: AbortSignal,
  ): Promise<Made> {
    const { isKept, delay } = this.#options;
    const claim = name + CLAIM_ENDING;
    const failed = name + FAILED_ENDING;
    const watch = new Watch();
    let before: StateFile | undefined;
    let hasWaited = false;
    let pause = FIRST_POLL;
    while (true) {
      signal?.throwIfAborted();
      const there = await this.#read(name);
      if (there !== undefined) return there;
      if (!isKept) return this.#own(await make());
      if (hasWaited) await this.#throwIfFailed(failed, before);
      const isMine = await this.#claim(claim);
      if (isMine === undefined) return this.#own(await make());
      if (isMine) {
        try {
          // It may have failed since it was looked for.
          if (hasWaited) await this.#throwIfFailed(failed, before);
        } catch (error) {
          await this.#options.store.remove(claim).catch(() => {});
          throw error;
        }
        return await this.#make(name, claim, make);
      }
      if (!hasWaited) before = await this.#options.store.stat(failed);
      hasWaited = true;
      const other = await this.#options.store.stat(claim);
      if (other !== undefined && this.#isDead(other, watch)) {
        await this.#options.store.remove(claim);
        continue;
      }
      // Not all look at the same time.
      const wait = pause * (0.5 + Math.random());
      await delay(wait, signal);
      watch.add(wait);
      pause = Math.min(pause * 1.5, LAST_POLL);
    }
  }

  async #read(name: string): Promise<Made | undefined> {
    const { store, maxAge, now } = this.#options;
    const file = await store.stat(name);
    if (file === undefined) return undefined;
    if (now().getTime() - file.mtime.getTime() > maxAge) return undefined;
    const content = await store.read(name);
    return content && { content, madeAt: file.mtime, isOwn: false };
  }

  /** Whether the claim is ours; `undefined` where nothing can be written. */
  async #claim(claim: string): Promise<boolean | undefined> {
    const { store, holder } = this.#options;
    try {
      return await store.write(claim, holder, { ifAbsent: true });
    } catch (error) {
      if (error instanceof LocalFileError) return undefined;
      throw error;
    }
  }

  async #make(
    name: string,
    claim: string,
    make: () => Promise<string>,
  ): Promise<Made> {
    const { store, holder } = this.#options;
    const timer = setInterval(() => {
      store.write(claim, holder).catch(() => {});
    }, SIGN_OF_LIFE);
    try {
      // It may have come since it was looked for.
      const there = await this.#read(name);
      if (there !== undefined) return there;
      const content = await make();
      await store.write(name, content);
      return this.#own(content);
    } catch (error) {
      await this.#noteFailure(name + FAILED_ENDING, error);
      throw error;
    } finally {
      clearInterval(timer);
      await store.remove(claim).catch(() => {});
    }
  }

  /** Says why it could not be made, where all who wait would meet the same for now. */
  async #noteFailure(failed: string, error: unknown): Promise<void> {
    if (!passesSoon(error)) return;
    const content = JSON.stringify(encodeError(error, 0));
    await this.#options.store.write(failed, content).catch(() => {});
  }

  /** Throws the error of whoever has failed while this process waited. */
  async #throwIfFailed(
    failed: string,
    before: StateFile | undefined,
  ): Promise<void> {
    const { store } = this.#options;
    const after = await store.stat(failed);
    if (after === undefined) return;
    if (after.mtime.getTime() === before?.mtime.getTime()) return;
    const content = await store.read(failed);
    const error = content && decodeFailure(content);
    if (error !== undefined) throw error;
  }

  #isDead({ mtime }: StateFile, watch: Watch): boolean {
    const age = this.#options.now().getTime() - mtime.getTime();
    return age > OLD_CLAIM || watch.unchanged(mtime) > DEAD_AFTER;
  }

  #own(content: string): Made {
    return {
      content: new TextEncoder().encode(content),
      madeAt: this.#options.now(),
      isOwn: true,
    };
  }
}

/** The error that another process has met; `undefined` for what is none that passes soon. */
function decodeFailure(content: Uint8Array): Error | undefined {
  try {
    const { name, message, status, serviceCode } = JSON.parse(
      new TextDecoder().decode(content),
    );
    const error = decodeError({
      name,
      message: `${message} (another shard has just met this)`,
      ...(typeof status === "number" && { status }),
      ...(typeof serviceCode === "string" && { serviceCode }),
    });
    return passesSoon(error) ? error : undefined;
  } catch {
    return undefined;
  }
}

/** How long something was watched without a change; clocks of two machines need not agree. */
class Watch {
  #mtime = 0;
  #waited = 0;

  add(ms: number): void {
    this.#waited += ms;
  }

  unchanged(mtime: Date): number {
    if (mtime.getTime() !== this.#mtime) {
      this.#mtime = mtime.getTime();
      this.#waited = 0;
    }
    return this.#waited;
  }
}
