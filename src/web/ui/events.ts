import type { UiEventName } from "./api_types.ts";

/** The most pages that listen at once; more are refused. */
const MOST_LISTENERS = 64;
/** The most messages that wait for a page that does not read; then it is left, and asks again. */
const MOST_WAITING = 64;
/** How often a sign of life is sent, in milliseconds. */
const HEARTBEAT = 15_000;
/** How soon a page asks again after its stream has ended, in milliseconds. */
const RETRY = 1000;

/** Something that pages are told as it changes. */
export interface Feed {
  /** The event's name. */
  readonly name: UiEventName;
  /** How it is now; what it throws is told to nobody, and the next time it is read again. */
  read(): unknown;
  /** How often it is read while somebody listens, in milliseconds; without, only when it is said to have changed. */
  readonly period?: number;
}

/** A feed with what was told last. */
interface RunningFeed {
  readonly feed: Feed;
  /** The last message, with which a new page begins. */
  last: string | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
  reading: Promise<void> | undefined;
  /** Whether it is to be read once more after the reading under way. */
  isStale: boolean;
}

type Listener = ReadableStreamDefaultController<Uint8Array>;

const encoder = new TextEncoder();

/**
 * Tells every open page what changes, by server-sent events. A page that comes, or comes
 * back, is told how all is now; so nothing depends on a message that got lost. Nothing is
 * read while nobody listens.
 */
export class EventHub implements Disposable {
  readonly #listeners = new Set<Listener>();
  readonly #feeds = new Map<UiEventName, RunningFeed>();
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #isClosed = false;

  /** How many pages listen. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /**
   * Adds a feed.
   *
   * @param feed What to tell.
   */
  add(feed: Feed): void {
    const running: RunningFeed = {
      feed,
      last: undefined,
      timer: undefined,
      reading: undefined,
      isStale: false,
    };
    this.#feeds.set(feed.name, running);
    if (this.#listeners.size > 0) this.#read(running);
  }

  /**
   * Says that a feed has changed: it is read and told at once.
   *
   * @param name The feed's name.
   */
  changed(name: UiEventName): void {
    const running = this.#feeds.get(name);
    if (running !== undefined && this.#listeners.size > 0) this.#read(running);
  }

  /**
   * Opens a stream for one more page.
   *
   * @returns The stream, or `undefined` if there are too many.
   */
  open(): ReadableStream<Uint8Array> | undefined {
    if (this.#isClosed || this.#listeners.size >= MOST_LISTENERS) {
      return undefined;
    }
    let own: Listener;
    return new ReadableStream<Uint8Array>({
      start: (listener) => {
        own = listener;
        this.#listeners.add(listener);
        listener.enqueue(encoder.encode(`retry: ${RETRY}\n\n`));
        this.#heartbeat ??= setInterval(
          () => this.#sendAll(": alive\n\n"),
          HEARTBEAT,
        );
        for (const running of this.#feeds.values()) {
          // What was told before all pages left may be long over.
          if (this.#listeners.size === 1) running.last = undefined;
          else if (running.last !== undefined) send(listener, running.last);
          this.#read(running);
        }
      },
      cancel: () => this.#leave(own),
    }, { highWaterMark: MOST_WAITING });
  }

  /** Ends all streams: a page that may listen comes back. */
  dismiss(): void {
    for (const listener of this.#listeners) listener.close();
    this.#listeners.clear();
    this.#rest();
  }

  /** Ends all streams, and reads nothing any more. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.dismiss();
  }

  #read(running: RunningFeed): void {
    if (running.reading !== undefined) {
      running.isStale = true;
      return;
    }
    clearTimeout(running.timer);
    running.reading = this.#tell(running).finally(() => {
      running.reading = undefined;
      if (this.#isClosed || this.#listeners.size === 0) return;
      const { period } = running.feed;
      if (running.isStale) {
        running.isStale = false;
        this.#read(running);
      } else if (period !== undefined) {
        running.timer = setTimeout(() => this.#read(running), period);
      }
    });
  }

  async #tell(running: RunningFeed): Promise<void> {
    let value: unknown;
    try {
      value = await running.feed.read();
    } catch {
      return; // the views that ask for it show why
    }
    if (value === undefined) return;
    const message = `event: ${running.feed.name}\ndata: ${
      JSON.stringify(value)
    }\n\n`;
    if (message === running.last) return;
    running.last = message;
    this.#sendAll(message);
  }

  #sendAll(message: string): void {
    for (const listener of this.#listeners) {
      if (!send(listener, message)) {
        listener.close();
        this.#leave(listener);
      }
    }
  }

  #leave(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.#rest();
  }

  #rest(): void {
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
    for (const { timer } of this.#feeds.values()) clearTimeout(timer);
  }
}

/** Sends a message, unless too many wait already. */
function send(listener: Listener, message: string): boolean {
  if ((listener.desiredSize ?? 0) <= 0) return false;
  listener.enqueue(encoder.encode(message));
  return true;
}
