import { shiftCrc32 } from "../gzip/mod.ts";
import type { IndexedPart, IndexPart, OpenMember } from "./index_part.ts";
import type { IndexedObject, RowIndex } from "./row_index.ts";
import { summarizeRuns } from "./summarize_runs.ts";

const NOTHING: OpenMember = { crc32: 0, size: 0 };

/**
 * The index of an object whose parts were indexed apart: the one that reading it through
 * makes.
 *
 * @param object The object.
 * @param parts Its parts.
 * @param found What was found of each.
 * @returns The index; `undefined` where the parts do not fit together, or a member's CRC-32 or ISIZE is wrong.
 */
export function joinParts(
  object: IndexedObject,
  parts: readonly IndexPart[],
  found: readonly IndexedPart[],
): RowIndex | undefined {
  const [first, last] = [found[0], found.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const areAdjacent = parts.every((part, at) =>
    fits(part, found[at - 1], first)
  );
  if (!areAdjacent || !areMembersWhole(parts, found)) return undefined;
  const spans = found.flatMap((part, at) =>
    part.spans.map((span) => ({
      ...span,
      checkpoint: span.checkpoint + (parts[at]?.from?.number ?? 0),
    }))
  ).map((span, number) => ({ ...span, number }));
  const runsUse = found.reduce((sum, part) => sum + part.runsUse, 0);
  const runs = found.flatMap((part) => part.runs ?? []);
  return {
    object,
    header: first.header,
    headerEnd: first.headerEnd,
    timeColumn: first.timeColumn,
    rows: spans.reduce((sum, { rows }) => sum + rows, 0),
    contentSize: last.contentSize,
    spans,
    gzip: {
      size: object.size,
      contentSize: last.contentSize,
      headerSize: first.headerSize,
      checkpoints: [
        ...first.checkpoints.slice(0, 1),
        ...found.flatMap(({ checkpoints }) => checkpoints.slice(1)),
      ],
    },
    tickers: runsUse > 1 ? undefined : summarizeRuns(runs),
  };
}

/** Whether a part begins exactly where the one before it has ended. */
function fits(
  { from }: IndexPart,
  before: IndexedPart | undefined,
  first: IndexedPart,
): boolean {
  if (from === undefined) return before === undefined;
  const checkpoint = before?.checkpoints.at(-1);
  const { end } = before ?? {};
  return checkpoint !== undefined && end !== undefined &&
    checkpoint.bit === from.checkpoint.bit &&
    checkpoint.content === from.checkpoint.content &&
    checkpoint.isMember === from.checkpoint.isMember &&
    end.start === from.start &&
    end.head.length === from.head.length &&
    end.head.every((byte, at) => byte === from.head[at]) &&
    first.header === from.header && first.headerEnd === from.headerEnd;
}

/** Whether each member that is in several parts has the CRC-32 and the size that its trailer says. */
function areMembersWhole(
  parts: readonly IndexPart[],
  found: readonly IndexedPart[],
): boolean {
  let open = NOTHING;
  for (const [at, { entered, end }] of found.entries()) {
    const isInMember = parts[at]?.from?.checkpoint.isMember === false;
    if (isInMember && entered === undefined) {
      // It has not ended: the next part has more of it.
      if (end === undefined) return false;
      open = joined(open, end.member);
      continue;
    }
    if (entered !== undefined) {
      const { crc32, size } = joined(open, entered);
      const isWhole = crc32 === entered.wholeCrc32 &&
        size % 2 ** 32 === entered.wholeSize;
      if (!isWhole) return false;
    } else if (open.size > 0) return false;
    open = end?.member ?? NOTHING;
  }
  return true;
}

function joined(a: OpenMember, b: OpenMember): OpenMember {
  return {
    crc32: (shiftCrc32(a.crc32, b.size) ^ b.crc32) >>> 0,
    size: a.size + b.size,
  };
}
