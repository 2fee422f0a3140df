/**
 * What the API answers, shared by the server and the page: types alone, so that either can
 * import them.
 *
 * @module
 */

/** The body of every answer that is an error. */
export interface ApiError {
  readonly error: {
    /** What programs can switch over, such as `mirror-busy`. */
    readonly code: string;
    /** A sentence for people: what could not be done, why, and what to do. */
    readonly message: string;
  };
}

/** What the command line and `flatbed.json` say for jobs; all of it may be absent. */
export interface UiDefaults {
  /** The datasets to sync. */
  readonly dataTypes?: readonly string[];
  /** The first date to sync, `YYYY-MM-DD`: for all datasets, or for each by its name or pattern. */
  readonly from?: string | Readonly<Record<string, string>>;
  /** The number of concurrent downloads. */
  readonly maxConcurrent?: number;
  /** Whether versions that were replaced upstream are kept. */
  readonly keepReplaced?: boolean;
  /** Whether files are compared by their ETag alone where that is enough. */
  readonly trustEtag?: boolean;
  /** The limit of all connections together, in bytes a second. */
  readonly limitRate?: number;
}

/** A dataset, as far as the page needs it. */
export interface SessionDataset {
  /** Its name, such as `stocks_minute`. */
  readonly id: string;
  /** The start of its keys, such as `us_stocks_sip/minute_aggs_v1`. */
  readonly prefix: string;
  /** What a row is: an aggregate, a trade, a quote or a value. */
  readonly kind: string;
  /** The first date that is documented, `YYYY-MM-DD`. */
  readonly firstDate: string;
}

/** Answer of `GET /api/session`: what a page needs once, when it comes or comes back. */
export interface Session {
  /** Flatbed's version. */
  readonly version: string;
  /** Differs from server to server: a page of another one has to be loaded again. */
  readonly serverId: string;
  /** Where the mirror is, as the user named it. */
  readonly location: string;
  /** Whether nothing can be started or changed. */
  readonly isReadOnly: boolean;
  /** Why, in a sentence, if it is. */
  readonly readOnlyReason?: string;
  /** All datasets, in the catalog's order. */
  readonly datasets: readonly SessionDataset[];
  /** Today's date in New York, `YYYY-MM-DD`. */
  readonly today: string;
  /** Whether credentials are at hand; `null` if only using them tells. */
  readonly hasCredentials: boolean | null;
  /** Whether there is a mirror yet: `none` is an empty or absent place, `other` a folder with other files only. */
  readonly mirror: "there" | "none" | "other";
  /** Why the mirror cannot be read, if it cannot: then only this can be shown. */
  readonly problem?: ApiError["error"];
  /** What the command line and `flatbed.json` say for jobs. */
  readonly defaults: UiDefaults;
}

/** The events of `GET /api/events`; each comes at once when a page begins to listen. */
export type UiEventName = "mirror" | "activity" | "job";

/** Event `mirror`: the mirror is not as it was; views ask again. */
export interface MirrorEvent {
  readonly revision: string;
}

/** A value as it comes out of JSON: dates are texts. */
export type Told<T> = T extends Date ? string
  : T extends readonly (infer U)[] ? readonly Told<U>[]
  : T extends object ? { readonly [K in keyof T]: Told<T[K]> }
  : T;

/** A file under way: `ActivityFile` of the mirror. */
export interface ActivityFileInfo {
  readonly key: string;
  readonly since: string;
  readonly bytes: number;
  readonly size?: number | undefined;
  readonly bytesPerSecond: number;
}

/** Something that was said: `ActivityMessage` of the mirror. */
export interface ActivityMessageInfo {
  readonly at: string;
  readonly level: "info" | "note" | "error";
  readonly word?: string | undefined;
  readonly text: string;
}

/** What a process does with the mirror, or did lately: `Activity` of the mirror. */
export interface ActivityInfo {
  readonly id: string;
  readonly command: string;
  readonly about?: string | undefined;
  readonly host?: string | undefined;
  readonly pid: number;
  readonly since: string;
  readonly updated: string;
  readonly state:
    | "running"
    | "waiting"
    | "done"
    | "failed"
    | "stopped"
    | "killed"
    | "silent";
  readonly phase: string;
  readonly until?: string | undefined;
  readonly counts: {
    readonly files?: number | undefined;
    readonly filesDone: number;
    readonly filesFailed: number;
    readonly present?: number | undefined;
    readonly bytes?: number | undefined;
    readonly bytesDone: number;
  };
  readonly files: readonly ActivityFileInfo[];
  readonly transfer?: {
    readonly bytesReceived: number;
    readonly bytesPerSecond: number;
    readonly retries: number;
    readonly throttled: number;
    readonly connections: number;
    /** In seconds. */
    readonly interval: number;
    readonly recent: readonly number[];
  } | undefined;
  readonly summary?: string | undefined;
  readonly messages: readonly ActivityMessageInfo[];
  readonly exitCode?: number | undefined;
  readonly reason?: string | undefined;
  /** Whether the server of this page does it. */
  readonly isOwn: boolean;
}

/** A shard that has begun, as the page shows it. */
export interface ShardInfo {
  readonly index: number;
  readonly state:
    | "done"
    | "running"
    | "no-sign-of-life"
    | "failed"
    | "never-started";
  readonly host?: string | undefined;
  readonly since?: string | undefined;
  readonly updated?: string | undefined;
  readonly counts: Readonly<Record<string, number>>;
  readonly error?: string | undefined;
}

/** The shards of the work of which one began last. */
export interface ShardsInfo {
  readonly command: string;
  readonly count: number;
  /** How many are in each state. */
  readonly states: Readonly<Partial<Record<ShardInfo["state"], number>>>;
  /** Those that are not done, the worst first; of very many, some. */
  readonly rows: readonly ShardInfo[];
}

/** Event `activity`: what runs on the mirror, in which process ever. */
export interface ActivityEvent {
  /** How many processes are at work; one that waits is not. */
  readonly running: number;
  /** The server's time, as long as something runs. */
  readonly now?: string;
  /** What runs, and what ended lately; the one that began last first. */
  readonly activities: readonly ActivityInfo[];
  /** How many more run than are told. */
  readonly more: number;
  /** Work in shards, if there is or was some in the last day. */
  readonly shards?: ShardsInfo | undefined;
}
