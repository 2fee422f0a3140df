import type { Mirror } from "../../mirror/mod.ts";
import type { EventHub } from "./events.ts";
import type { UiDefaults } from "./api_types.ts";

/** A mirror that is open for a while; disposing of it closes it, and its connections. */
export interface OpenedMirror extends AsyncDisposable {
  readonly mirror: Mirror;
}

/** What a mirror is opened for. */
export interface OpenMirrorOptions {
  /** Whether the service is asked: then credentials are looked for. */
  readonly asksService: boolean;
}

/** What every handler gets. */
export interface UiContext {
  /** Where the mirror is, as the user named it. */
  readonly location: string;
  /** Whether nothing is written, and no job done. */
  readonly isReadOnly: boolean;
  /** Why, in a sentence, if so. */
  readonly readOnlyReason?: string | undefined;
  /**
   * The mirror, opened read-only for as long as the server runs: it sees what other
   * processes change, also that the mirror is made. It has no downloader.
   *
   * @throws {FlatbedError} If it cannot be opened.
   */
  readonly reader: Mirror;
  /**
   * Opens the mirror for writing, for one job: takes its lock.
   *
   * @throws {MirrorBusyError} If another process writes to it.
   * @throws {unknown} If there are no credentials, and the service is asked.
   */
  openWriter(options: OpenMirrorOptions): Promise<OpenedMirror>;
  /**
   * Opens the mirror once more for reading, to ask the service as well.
   *
   * @throws {unknown} If there are no credentials.
   */
  openReader(options: OpenMirrorOptions): Promise<OpenedMirror>;
  /** What the command line and the configuration say for jobs. */
  readonly defaults: UiDefaults;
  /** Tells the pages what changes. */
  readonly events: EventHub;
  /** An error in the words of the command line, without a secret. */
  explain(error: unknown): string;
  /** Whether credentials are at hand; `null` if only using them tells. */
  hasCredentials(): boolean | null;
  /** Flatbed's version. */
  readonly version: string;
  /** Differs from server to server. */
  readonly serverId: string;
  /**
   * Has something done before the server ends, such as what runs to be aborted and waited
   * for: the mirror's reader is still open then.
   */
  atEnd(work: () => Promise<void>): void;
  /** The clock. */
  readonly now: () => Date;
}
