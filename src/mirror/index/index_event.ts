import type { ExtractDay } from "../extract/extract_event.ts";

/** A file or an object is read, to make its index. */
export interface IndexingEvent extends ExtractDay {
  /** What has happened. */
  readonly code: "indexing";
  /** How many bytes it has. */
  readonly size: number;
}

/** An index was made. */
export interface IndexedEvent extends ExtractDay {
  /** What has happened. */
  readonly code: "indexed";
  /** What was read: the mirror's file, or the service's object. */
  readonly source: "file" | "object";
  /** How many bytes that has. */
  readonly size: number;
  /** How many bytes the index has. */
  readonly indexSize: number;
  /** How many rows the file has. */
  readonly rows: number;
}

/**
 * Why there is no index:
 *
 * - `not-indexable`: it has no column of tickers, or is otherwise not of a kind that can have one;
 * - `damaged`: its gzip data is damaged;
 * - `not-found`, `access-denied`: the service does not have the object, or does not give it;
 * - `failed`: something else, which `error` says.
 */
export type NoIndexReason =
  | "not-indexable"
  | "damaged"
  | "not-found"
  | "access-denied"
  | "failed";

/** An index could not be made. */
export interface NotIndexedEvent extends ExtractDay {
  /** What has happened. */
  readonly code: "not-indexed";
  /** Why. */
  readonly reason: NoIndexReason;
  /** The reason as a sentence. */
  readonly message: string;
  /** What was thrown. */
  readonly error: Error;
}

/** What {@linkcode Mirror.index} tells. */
export type IndexEvent = IndexingEvent | IndexedEvent | NotIndexedEvent;

/** What {@linkcode Mirror.index} has done. */
export interface IndexSummary {
  /** How many indexes were made. */
  indexed: number;
  /** How many bytes were read for them, as they are stored. */
  bytes: number;
  /** How many bytes they have. */
  bytesOfIndexes: number;
  /** How many indexes were there. */
  present: number;
  /** How many files are so small that they need none. */
  small: number;
  /** How many could not be made. */
  notIndexed: number;
}
