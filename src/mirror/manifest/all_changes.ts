import {
  ARRIVALS,
  CHANGED_TABLES,
  type ChangeKind,
  type StampedChange,
} from "../journal/change.ts";
import { timeOf } from "../journal/stamp_clock.ts";
import { valuesOf } from "./apply_changes.ts";
import type { Prepare } from "./manifest_database.ts";

/** How long it is remembered that a row was removed, in microseconds: no journal is older. */
const REMEMBERED_US = 90 * 24 * 60 * 60 * 1e6;

/**
 * All that a database holds, as the changes that lead to it from nothing. That a row is
 * gone is said as long as a journal that has it may turn up.
 */
export function allChanges(prepare: Prepare): StampedChange[] {
  const changes: StampedChange[] = [];
  const rows = prepare("SELECT * FROM stamps WHERE kind <> 'clock'").all();
  const newest = rows.reduce(
    (last, { stamp }) => Math.max(last, timeOf(String(stamp))),
    0,
  );
  for (const { kind, key, sub, stamp, filled } of rows) {
    const named = {
      kind: kind as ChangeKind,
      key: String(key),
      sub: String(sub),
      stamp: String(stamp),
    };
    const change: StampedChange = {
      ...named,
      row: valuesOf(prepare, CHANGED_TABLES[named.kind], named.key, named.sub),
      arrival: named.kind === "file"
        ? valuesOf(prepare, ARRIVALS, named.key, named.sub)
        : null,
      fillsHole: filled === stamp,
    };
    const isGone = change.row === null && change.arrival === null;
    if (isGone && timeOf(named.stamp) < newest - REMEMBERED_US) continue;
    if (typeof filled === "string" && filled !== "" && filled !== stamp) {
      const gone = { row: null, arrival: null, fillsHole: true };
      changes.push({ ...named, stamp: filled, ...gone });
    }
    changes.push(change);
  }
  return changes;
}
