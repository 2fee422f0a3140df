import { dirname } from "node:path";
import type { Destination } from "../destination/destination.ts";
import type { Manifest } from "./manifest.ts";
import type { Arrival, ManifestEntry } from "./manifest_entry.ts";

/** A note for the next transaction. */
interface Note {
  arrival?: Arrival;
  entry?: ManifestEntry;
  done: PromiseWithResolvers<void>;
}

/**
 * Group commit: writes to the manifest what is being fetched and what has arrived. While
 * one transaction waits for the disk, notes are collected for the next one.
 */
export class GroupCommit {
  readonly #manifest: Manifest;
  readonly #destination: Destination;
  readonly #now: () => Date;
  #notes: Note[] = [];
  #isWriting = false;

  /** Writes to a manifest. */
  constructor(manifest: Manifest, destination: Destination, now: () => Date) {
    this.#manifest = manifest;
    this.#destination = destination;
    this.#now = now;
  }

  /** Notes that a file is being fetched, and resolves when that is durable: from then on, its entry is valid only as long as its file is unchanged. */
  announce(arrival: Arrival): Promise<void> {
    return this.#add({ arrival });
  }

  /** Notes that a file is complete, and resolves when that and its name are durable. */
  record(entry: ManifestEntry): Promise<void> {
    return this.#add({ entry });
  }

  #add(note: Omit<Note, "done">): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#notes.push({ ...note, done });
    if (!this.#isWriting) this.#write();
    return done.promise;
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    await Promise.resolve(); // for notes of the same moment
    while (this.#notes.length > 0) {
      const notes = this.#notes;
      this.#notes = [];
      const named = await this.#fsyncFolders(notes);
      // What cannot be noted must not take the others with it.
      const noted = this.#tryNote(named, named.length === 1)
        ? named
        : named.length === 1
        ? []
        : named.filter((note) => this.#tryNote([note], true));
      await this.#flush(noted);
    }
    this.#isWriting = false;
  }

  /** Whether notes are in the manifest now; where not, and this is the last try, they are told why. */
  #tryNote(notes: readonly Note[], isLast: boolean): boolean {
    try {
      this.#manifest.note(
        notes.flatMap(({ arrival }) => arrival ?? []),
        notes.flatMap(({ entry }) => entry ?? []),
        this.#now(),
      );
    } catch (error) {
      if (isLast) notes.forEach(({ done }) => done.reject(error));
      return false;
    }
    return true;
  }

  /** Makes notes durable: what is being fetched is said together with what has arrived. */
  async #flush(notes: readonly Note[]): Promise<void> {
    try {
      if (notes.some(({ entry }) => entry !== undefined)) {
        await this.#manifest.flush();
      }
    } catch (error) {
      for (const { done } of notes) done.reject(error);
      return;
    }
    for (const { done } of notes) done.resolve();
  }

  /** Those whose files' names are on the disk now; the others are told why not. */
  async #fsyncFolders(notes: readonly Note[]): Promise<Note[]> {
    const byFolder = Map.groupBy(
      notes,
      ({ entry }) => entry && dirname(entry.path),
    );
    const named = await Promise.all([...byFolder].map(async ([folder, own]) => {
      try {
        if (folder !== undefined) await this.#destination.fsync(folder);
        return own;
      } catch (error) {
        for (const { done } of own) done.reject(error);
        return [];
      }
    }));
    return named.flat();
  }
}
