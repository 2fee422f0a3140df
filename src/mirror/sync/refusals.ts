import { FlatbedError } from "../../base/mod.ts";
import { type DataType, explainAbsence } from "../../catalog/mod.ts";
import type { MirrorContext } from "../mirror_context.ts";
import type { Entitlements } from "../plan/entitlements.ts";
import type { Plan } from "../plan/plan.ts";
import type { MirrorFile } from "../mirror_file.ts";
import type { RefusedFiles } from "./sync_summary.ts";

/**
 * What was refused during a sync. A plan's history is a window that moves on: what is
 * older is no failure. What is newer should have been readable.
 */
export class Refusals {
  readonly #context: MirrorContext;
  readonly #entitlements: Entitlements;
  readonly #refused = new Map<DataType, MirrorFile[]>();
  /** The oldest date that was read during this sync. */
  readonly #oldestRead = new Map<DataType, string>();

  /** Nothing is refused yet. */
  constructor(context: MirrorContext, entitlements: Entitlements) {
    this.#context = context;
    this.#entitlements = entitlements;
  }

  /** Notes that a file was refused. */
  refuse(file: MirrorFile): void {
    const files = this.#refused.get(file.dataType);
    if (files === undefined) this.#refused.set(file.dataType, [file]);
    else files.push(file);
  }

  /** Notes that a file was read. */
  read({ dataType, date }: MirrorFile): void {
    const oldest = this.#oldestRead.get(dataType);
    if (oldest === undefined || date < oldest) {
      this.#oldestRead.set(dataType, date);
    }
  }

  /**
   * Tells what was refused, by data type. Where it is not known which is the oldest
   * readable date, it is searched for, and remembered: others count alike.
   */
  async judge(plan: Plan, signal: AbortSignal): Promise<RefusedFiles[]> {
    const judged: RefusedFiles[] = [];
    for (const [dataType, files] of this.#refused) {
      files.sort((a, b) => a.date < b.date ? -1 : 1);
      const since = await this.#findSince(dataType, plan, signal);
      judged.push(await this.#sort(dataType, files, since));
    }
    return judged;
  }

  /** The oldest date that can be read, where there is one. */
  async #findSince(
    dataType: DataType,
    { ranges }: Plan,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const range = ranges.find((range) => range.dataType === dataType);
    if (range?.oldestReadable === null) return undefined; // it was searched for just now
    try {
      const { date, isExact } = await this.#entitlements.find(dataType, {
        signal,
      });
      const oldest = this.#oldestRead.get(dataType);
      const isOlder = date !== undefined && oldest !== undefined &&
        oldest > date;
      return isOlder && !isExact ? oldest : date;
    } catch (error) {
      // That something was refused is told all the same.
      if (signal.aborted || !(error instanceof FlatbedError)) throw error;
      return undefined;
    }
  }

  async #sort(
    dataType: DataType,
    files: readonly MirrorFile[],
    since: string | undefined,
  ): Promise<RefusedFiles> {
    const now = this.#context.now();
    const sorted: RefusedFiles = {
      dataType,
      since: since ?? null,
      older: [],
      newer: [],
      damaged: [],
      optional: [],
    };
    for (const file of files) {
      const { date } = file;
      const isOlder = since !== undefined && date < since;
      const { reason } = explainAbsence(dataType, date, now);
      const list = await this.#isDamaged(file)
        ? sorted.damaged
        : isOlder
        ? sorted.older
        : reason === "due"
        ? sorted.newer
        : sorted.optional;
      list.push(date);
    }
    return sorted;
  }

  /** Whether a file was fetched, and is lost or damaged. */
  async #isDamaged({ key, path, encoding }: MirrorFile): Promise<boolean> {
    const { destination, manifest } = this.#context;
    const entry = manifest.entry(key, encoding);
    if (entry === undefined || entry.releasedAt !== undefined) return false;
    // Content that is damaged at source has no file.
    if (entry.gzip === "damaged" && encoding === "decompressed") return false;
    return entry.isDamaged ||
      (await destination.stat(path))?.bytes !== entry.bytes;
  }
}
