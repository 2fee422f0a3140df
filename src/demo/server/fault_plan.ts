import { toLayout } from "../../catalog/mod.ts";
import { assertFault } from "./assert_fault.ts";
import { alterObject } from "./alter_object.ts";
import type { AnswerFault, Fault, Operation, SourceFault } from "./fault.ts";
import { dateOfKey } from "../data/key_date.ts";
import type { StoredObject } from "../../service/mod.ts";

/** A request, as faults see it. */
export interface FaultSubject {
  /** The HTTP method. */
  readonly method: string;
  /** What it asks for. */
  readonly operation: Operation;
  /** The key, or for a listing the prefix. */
  readonly key: string;
}

interface Entry {
  readonly fault: Exclude<Fault, SourceFault>;
  /** How many matching requests there were. */
  seen: number;
  /** The keys that `changed-etag` has changed. */
  readonly changed: Set<string>;
}

/**
 * The list of what goes wrong. For each request the faults are tried in order:
 * every `changed-etag` that is due takes effect, and the first other one that is
 * due shapes the answer. Those behind it do not count the request.
 */
export class FaultPlan {
  readonly #entries: Entry[] = [];
  readonly #ofObjects: SourceFault[] = [];

  /** Makes a plan of some faults. */
  constructor(faults: Iterable<Fault> = []) {
    for (const fault of faults) this.add(fault);
  }

  /** How many faults there are, spent ones included. */
  get size(): number {
    return this.#entries.length + this.#ofObjects.length;
  }

  /**
   * Adds a fault at the end.
   *
   * @throws {TypeError} If it is not an object.
   * @throws {RangeError} If it makes no sense.
   */
  add(fault: Fault): void {
    assertFault(fault);
    if (fault.kind === "damaged-source" || fault.kind === "encrypted") {
      this.#ofObjects.push({ ...fault });
    } else {
      this.#entries.push({ fault: { ...fault }, seen: 0, changed: new Set() });
    }
  }

  /** Forgets all faults. What they changed stays changed. */
  clear(): void {
    this.#entries.length = 0;
    this.#ofObjects.length = 0;
  }

  /** An object as the bucket holds it, of a key in the live layout, with what is wrong with it. */
  alter(key: string, object: StoredObject): StoredObject {
    return this.#ofObjects.reduce(
      (altered, fault) =>
        key.startsWith(toLayout(fault.key ?? "", "live"))
          ? alterObject(altered, fault, key)
          : altered,
      object,
    );
  }

  /** The fault that shapes a request's answer. `change` is called where the object is to change first. */
  take(subject: FaultSubject, change: () => void): AnswerFault | undefined {
    for (const entry of this.#entries) {
      const { fault } = entry;
      if (!matches(fault, subject)) continue;
      entry.seen++;
      const turn = entry.seen - (fault.skip ?? 0);
      if (turn < 1 || turn > (fault.times ?? Infinity)) continue;
      if (fault.kind !== "changed-etag") return fault;
      if (fault.times === undefined) {
        if (entry.changed.has(subject.key)) continue;
        entry.changed.add(subject.key);
      }
      change();
    }
  }
}

function matches(fault: Entry["fault"], subject: FaultSubject): boolean {
  if (fault.method !== undefined && fault.method !== subject.method) {
    return false;
  }
  if (fault.operation !== undefined && fault.operation !== subject.operation) {
    return false;
  }
  const key = toLayout(subject.key, "live");
  if (!key.startsWith(toLayout(fault.key ?? "", "live"))) return false;
  if (fault.kind === "changed-etag") {
    return subject.operation !== "list" && subject.key !== "";
  }
  if (fault.kind !== "forbidden") return true;
  if (subject.operation === "list" || subject.key === "") return false;
  if (fault.before === undefined) return true;
  const date = dateOfKey(key);
  return date !== undefined && date < fault.before;
}
