import type { Clock } from "../../src/store/mod.ts";

interface Sleeper {
  until: number;
  wake: () => void;
}

/**
 * A clock whose time passes when nothing else happens: while a task is at work it
 * stands still, and then it jumps to the next moment that somebody waits for.
 */
export class VirtualClock implements Clock {
  #now = 0;
  readonly #sleepers = new Set<Sleeper>();
  /** How long the waits were set for, in milliseconds. */
  readonly waits: number[] = [];
  /** How many turns of the event loop there were without anything happening. */
  #quiet = 0;
  #isRunning = false;

  now(): number {
    return this.#now;
  }

  delay(ms: number, signal?: AbortSignal): Promise<void> {
    this.waits.push(ms);
    this.stir();
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const abort = () => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const sleeper = {
        until: this.#now + ms,
        wake: () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        },
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#sleepers.add(sleeper);
      this.#run();
    });
  }

  /** Something happens: the time stands still for now. */
  stir(): void {
    this.#quiet = 0;
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (this.#sleepers.size > 0) {
      for (this.#quiet = 0; this.#quiet < QUIET_TURNS; this.#quiet++) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      const [next] = [...this.#sleepers].sort((a, b) => a.until - b.until);
      if (next === undefined) break;
      this.#sleepers.delete(next);
      this.#now = Math.max(this.#now, next.until);
      next.wake();
    }
    this.#isRunning = false;
  }
}

/** A request on this machine is through after so many turns of a millisecond. */
const QUIET_TURNS = 25;
