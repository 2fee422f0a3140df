/** The size of a log's header, in bytes. */
export const LOG_HEADER_SIZE = 32;
/** The size of a frame's header, in bytes. */
export const FRAME_HEADER_SIZE = 24;
/** How a log begins. The last bit is the byte order of its checksums. */
const MAGIC = 0x377f0682;

/** Where the last committed transaction in a log ends. */
export interface LogEnd {
  offset: number;
  /** The bytes that are there instead of the next frame's header; fewer at the end of the log. */
  next: Uint8Array;
  /** Whether they are left from an earlier log, and do not begin a transaction that is not committed. */
  isSettled: boolean;
}

/**
 * Applies the committed transactions of a SQLite database's write-ahead log to the
 * database's bytes, in place where its buffer is large enough, as SQLite does: https://sqlite.org/fileformat2.html#the_write_ahead_log
 */
export function applyLog(
  database: Uint8Array<ArrayBuffer>,
  log: Uint8Array<ArrayBuffer>,
): { bytes: Uint8Array<ArrayBuffer>; end: LogEnd | undefined } {
  if (log.length < LOG_HEADER_SIZE) return { bytes: database, end: undefined };
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength);
  const isLittleEndian = view.getUint32(0) === MAGIC;
  const pageSize = view.getUint32(8);
  let sum = checksum(view, 0, 24, [0, 0], isLittleEndian);
  const isLog = (view.getUint32(0) & ~1) === MAGIC && isSum(view, 24, sum);
  const pages = new Map<number, number>();
  let unfinished: [page: number, at: number][] = [];
  let size = database.length;
  let end = LOG_HEADER_SIZE;
  const frameSize = FRAME_HEADER_SIZE + pageSize;
  for (
    let at = LOG_HEADER_SIZE;
    isLog && at + frameSize <= log.length;
    at += frameSize
  ) {
    if (!hasSalt(view, at)) break;
    sum = checksum(view, at, 8, sum, isLittleEndian);
    sum = checksum(
      view,
      at + FRAME_HEADER_SIZE,
      pageSize,
      sum,
      isLittleEndian,
    );
    if (!isSum(view, at + 16, sum)) break;
    unfinished.push([view.getUint32(at), at + FRAME_HEADER_SIZE]);
    const pageCount = view.getUint32(at + 4);
    if (pageCount === 0) continue;
    for (const [page, at] of unfinished) pages.set(page, at);
    unfinished = [];
    size = pageCount * pageSize;
    end = at + frameSize;
  }
  const next = log.slice(end, end + FRAME_HEADER_SIZE);
  return {
    bytes: pages.size === 0
      ? database
      : overlay(database, log, pages, pageSize, size),
    end: {
      offset: end,
      next,
      isSettled: next.length < FRAME_HEADER_SIZE || !hasSalt(view, end),
    },
  };
}

function overlay(
  database: Uint8Array<ArrayBuffer>,
  log: Uint8Array<ArrayBuffer>,
  pages: ReadonlyMap<number, number>,
  pageSize: number,
  size: number,
): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset } = database;
  const isRoom = byteOffset + size <= buffer.byteLength;
  const bytes = isRoom
    ? new Uint8Array(buffer, byteOffset, size)
    : new Uint8Array(size);
  if (!isRoom) bytes.set(database);
  for (const [page, at] of pages) {
    const offset = (page - 1) * pageSize;
    if (offset < size) bytes.set(log.subarray(at, at + pageSize), offset);
  }
  return bytes;
}

/** Whether a frame belongs to this log, and not to an earlier one. */
function hasSalt(view: DataView, frame: number): boolean {
  return view.getUint32(frame + 8) === view.getUint32(16) &&
    view.getUint32(frame + 12) === view.getUint32(20);
}

type Sum = readonly [number, number];

function isSum(view: DataView, at: number, [first, second]: Sum): boolean {
  return view.getUint32(at) === first && view.getUint32(at + 4) === second;
}

function checksum(
  view: DataView,
  at: number,
  length: number,
  [first, second]: Sum,
  isLittleEndian: boolean,
): Sum {
  for (let offset = at; offset < at + length; offset += 8) {
    first = (first + view.getUint32(offset, isLittleEndian) + second) >>> 0;
    second = (second + view.getUint32(offset + 4, isLittleEndian) + first) >>>
      0;
  }
  return [first, second];
}
