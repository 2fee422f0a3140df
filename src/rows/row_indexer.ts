import { assertInteger, nextTurn, type Tap } from "../base/mod.ts";
import {
  CheckpointCollector,
  crc32,
  GzipError,
  GzipFault,
  type MemberEnd,
  MemberReader,
  shiftCrc32,
  SMALLEST_DISTANCE,
  toGzipError,
  unpackWindow,
} from "../gzip/mod.ts";
import { KernelScanner } from "./kernel_scanner.ts";
import { PlainScanner } from "./plain_scanner.ts";
import type { IndexedPart, IndexPart, PartStart } from "./index_part.ts";
import { parseHeader } from "./row_header.ts";
import type {
  IndexedObject,
  RowIndex,
  RowSpan,
  TickerSummary,
} from "./row_index.ts";
import {
  LONGEST_INDEXED_ROW,
  NotIndexableError,
  type RowScanner,
  type ScannedColumns,
} from "./row_scanner.ts";
import { mergeRuns, summarizeRuns, toTicker } from "./summarize_runs.ts";
import { TIME_COLUMNS } from "./time_columns.ts";

/** After so many bytes of content, or pieces, others have their turn. */
const BYTES_AT_ONCE = 16 * 1024 * 1024;
const PIECES_AT_ONCE = 256;
const LINE_FEED = 10;
const EMPTY = new Uint8Array();
const MiB = 1024 * 1024;
/**
 * How much content spans have, by the stored size up to which it is so. Making a checkpoint
 * costs the time of inflating 0.07 MB, and 3 to 5 KB of the index; reading one ticker costs the
 * inflating of a span or two.
 */
const SPAN_SIZES = [
  [32e6, 2 * MiB],
  [4e9, 4 * MiB],
  [16e9, 8 * MiB],
  [64e9, 32 * MiB],
  [Infinity, 64 * MiB],
] as const;

/**
 * How much content a span should have, in bytes.
 *
 * @param size How many bytes the file has as it is stored.
 */
export function spanSizeOf(size: number): number {
  return SPAN_SIZES.find(([most]) => size <= most)?.[1] ?? 2 * MiB;
}

/** Options of a {@linkcode RowIndexer}. */
export interface RowIndexerOptions {
  /** How much content a span has at least, in bytes; by default as {@linkcode spanSizeOf} says. */
  spanSize?: number | undefined;
  /** Takes the content, which is good until it resolves. */
  take?: ((bytes: Uint8Array) => void | Promise<void>) | undefined;
  /** Called behind each piece of content, with what has read it. */
  onPiece?: ((reader: MemberReader) => void) | undefined;
  /** Whether rows are scanned without WebAssembly, which is slow. @default {false} */
  isPlain?: boolean;
  /** The part that is indexed, where it is not all; see {@linkcode RowIndexer.endPart}. */
  part?: IndexPart | undefined;
}

/**
 * Takes an object's stored bytes piece by piece, as {@linkcode Decompressor} does, to know
 * whether its gzip data is whole, and makes its index on the way.
 */
export class RowIndexer implements Disposable {
  readonly #object: Omit<IndexedObject, "size">;
  readonly #spanSize: number;
  readonly #take: Tap | undefined;
  readonly #onPiece: ((reader: MemberReader) => void) | undefined;
  readonly #isPlain: boolean;
  readonly #part: IndexPart | undefined;
  readonly #reader: MemberReader;
  readonly #collector: CheckpointCollector;
  #isDisposed = false;
  #size = 0;
  #damage: GzipError | undefined;
  #obstacle: string | undefined;
  #bytes = 0;
  #pieces = 0;
  /** The header row's beginning, before its end has come. */
  #header = EMPTY;
  #headerEnd = 0;
  #names: readonly string[] = [];
  #scanner: RowScanner | undefined;
  #spans: RowSpan[] = [];
  /** The span: where it begins, and what it is read from. */
  #start = 0;
  #checkpoint = 0;
  #head = EMPTY;
  /** Where it ends even without a checkpoint. */
  #limit = 0;
  /** How much content has been looked at. */
  #content = 0;
  /** The CRC-32 of the member so far, which every segment of a span is derived from. */
  #memberCrc = 0;
  /** The CRC-32 of the span's content before the segment. */
  #crc = 0;
  #segmentStart = 0;
  #segmentCrc = 0;
  #index: RowIndex | undefined;
  /** Where the part has ended, and how many checkpoints it has. */
  #end: IndexedPart["end"];
  #count = 0;
  #entered: { member: MemberEnd | undefined } | undefined;
  #isDone = false;

  /** Expects the first byte of an object; its size, where that is known, decides about the spans'. */
  constructor(
    { key, etag, size = 0 }: Omit<IndexedObject, "size"> & { size?: number },
    { spanSize = spanSizeOf(size), take, onPiece, isPlain = false, part }:
      RowIndexerOptions = {},
  ) {
    assertInteger(spanSize, "spanSize", SMALLEST_DISTANCE);
    this.#object = { key, etag };
    this.#spanSize = spanSize;
    this.#take = take;
    this.#onPiece = onPiece;
    this.#isPlain = isPlain;
    this.#part = part;
    const { checkpoint, head } = part?.from ?? {};
    this.#reader = new MemberReader({
      stopsAtBlocks: true,
      checkpoint: checkpoint &&
        { ...checkpoint, window: unpackWindow(checkpoint.window) },
      before: head,
    });
    this.#collector = new CheckpointCollector(
      this.#reader,
      spanSize,
      checkpoint,
    );
    if (part?.from !== undefined) this.#enter(part.from);
  }

  /** Goes on as if all before the part had been read. */
  #enter({ header, headerEnd, checkpoint, start, head }: PartStart): void {
    this.#header = new TextEncoder().encode(header);
    this.#open();
    this.#scanner?.precede(head);
    this.#headerEnd = headerEnd;
    this.#start = start;
    this.#limit = start + 2 * this.#spanSize;
    this.#head = head;
    this.#crc = crc32(head);
    this.#content = this.#segmentStart = checkpoint.content;
  }

  /** Whether the data has begun with a gzip header. */
  get isGzip(): boolean {
    return this.#reader.headerSize > 0;
  }

  /** What is wrong with the data: known when it has ended, at the latest. */
  get damage(): GzipError | undefined {
    return this.#damage;
  }

  /** Why there can be no index, as the end of a sentence that begins with the object. */
  get obstacle(): string | undefined {
    return this.#obstacle;
  }

  /** Whether all of the part has been read. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** The index, when the data has ended and is whole; `undefined` where there can be none. */
  get index(): RowIndex | undefined {
    return this.#index;
  }

  /** Takes bytes, which must stay as they are until it resolves. What follows damage is ignored. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#damage !== undefined) return;
    this.#size += bytes.length;
    const reader = this.#reader;
    try {
      reader.write(bytes);
      for (let out; (out = reader.read()) !== undefined;) {
        if (this.#end !== undefined) {
          // What is used of the last checkpoint's window stands behind the part.
          this.#collector.look();
          this.#isDone = !this.#collector.isOpen;
          if (this.#isDone) return;
          continue;
        }
        if (this.#obstacle === undefined) this.#lookAt(out);
        this.#onPiece?.(reader);
        if (out.length > 0) {
          const isTaken = this.#take?.(out);
          if (isTaken !== undefined) await isTaken;
        }
        this.#bytes += out.length;
        if (this.#bytes < BYTES_AT_ONCE && ++this.#pieces < PIECES_AT_ONCE) {
          continue;
        }
        await nextTurn();
        this.#bytes = this.#pieces = 0;
      }
    } catch (error) {
      this.#noteDamage(error);
    }
  }

  /** Ends the data. */
  async end(): Promise<void> {
    if (this.#damage !== undefined) return;
    try {
      this.#reader.end();
      if (this.#obstacle !== undefined) return;
      this.#endRows();
      this.#index = await this.#toIndex();
    } catch (error) {
      if (error instanceof NotIndexableError) this.#noteObstacle(error);
      else this.#noteDamage(error);
    }
  }

  /** Ends a part; `undefined` where it is damaged, or does not end where it should. */
  async endPart(): Promise<IndexedPart | undefined> {
    try {
      if (this.#damage !== undefined || this.#obstacle !== undefined) {
        return undefined;
      }
      if (!this.#isDone) this.#reader.end();
      const hasEnd = this.#part?.until !== undefined;
      if (hasEnd !== (this.#end !== undefined)) return undefined;
      if (!hasEnd) this.#endRows();
      const { header, headerEnd, timeColumn, spans, gzip } = await this
        .#toIndex();
      const { checkpoints, headerSize, contentSize } = gzip;
      const runs = this.#scanner?.runs();
      return {
        ...{ header, headerEnd, timeColumn, headerSize, contentSize, spans },
        runs: runs && mergeRuns(runs),
        runsUse: this.#scanner?.runsUse ?? 0,
        checkpoints: hasEnd ? checkpoints.slice(0, this.#count) : checkpoints,
        entered: (this.#entered ?? { member: this.#reader.entered }).member,
        end: this.#end,
      };
    } catch (error) {
      const isKnown = error instanceof GzipFault ||
        error instanceof NotIndexableError;
      if (isKnown) return undefined;
      throw error;
    }
  }

  /** Leaves what it has used to others. */
  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#reader[Symbol.dispose]();
  }

  #noteDamage(cause: unknown): void {
    const error = toGzipError(cause, this.#object.key);
    if (!(error instanceof GzipError)) throw error;
    this.#damage = error;
  }

  /** Looks at a piece of content; what cannot be indexed is only checked. */
  #lookAt(piece: Uint8Array): void {
    try {
      const from = this.#scanner === undefined ? this.#readHeader(piece) : 0;
      this.#scan(piece, from);
      this.#endPiece();
    } catch (error) {
      this.#noteObstacle(error);
    }
  }

  #noteObstacle(error: unknown): void {
    if (!(error instanceof NotIndexableError)) throw error;
    this.#obstacle = error.message;
    this.#scanner = undefined;
    this.#spans = [];
  }

  /** Takes the header row's bytes; returns how many of the piece's they are. */
  #readHeader(piece: Uint8Array): number {
    const end = piece.indexOf(LINE_FEED) + 1;
    const line = end === 0 ? piece : piece.subarray(0, end);
    const header = new Uint8Array(this.#header.length + line.length);
    header.set(this.#header);
    header.set(line, this.#header.length);
    this.#header = header;
    if (header.length > LONGEST_INDEXED_ROW) {
      throw new NotIndexableError(
        `has a header row of more than ${LONGEST_INDEXED_ROW} bytes`,
      );
    }
    if (end === 0) return piece.length;
    this.#open();
    this.#memberCrc = this.#segmentCrc = crc32(line, this.#memberCrc);
    return end;
  }

  /** Scans a piece from there on. Where a block is very long, spans share its checkpoint. */
  #scan(piece: Uint8Array, from: number): void {
    const scanner = this.#scanner;
    if (scanner === undefined) return;
    const offset = this.#reader.content - piece.length;
    let at = from;
    // Where they end does not depend on the pieces: what is made again is the same.
    while (this.#limit < this.#reader.content) {
      const to = this.#limit - offset;
      const part = piece.subarray(at, to);
      scanner.scan(part);
      this.#memberCrc = crc32(part, this.#memberCrc);
      this.#content = this.#limit;
      this.#limit += 2 * this.#spanSize;
      this.#cut();
      at = to;
    }
    scanner.scan(piece.subarray(at));
  }

  /** Makes ready for the rows below the header row. */
  #open(): void {
    const { names } = parseHeader(this.#header);
    const ticker = names.indexOf("ticker");
    if (ticker === -1) throw new NotIndexableError("has no column 'ticker'");
    const timeColumn = TIME_COLUMNS.find((name) => names.includes(name)) ?? "";
    const columns = {
      count: names.length,
      ticker,
      time: names.indexOf(timeColumn),
    };
    this.#names = names;
    this.#headerEnd = this.#start = this.#segmentStart = this.#header.length;
    this.#limit = this.#start + 2 * this.#spanSize;
    this.#crc = 0; // a member may have ended within the header row
    this.#scanner = this.#openScanner(columns);
  }

  #openScanner(columns: ScannedColumns): RowScanner {
    if (this.#isPlain || columns.ticker > 0) return new PlainScanner(columns);
    const scanner = KernelScanner.open(this.#reader, columns);
    if (scanner !== undefined) return scanner;
    throw new NotIndexableError(
      "cannot be scanned: this machine's WebAssembly has no vectors",
    );
  }

  /** Behind a piece: notes the CRC-32, and ends the span where there is a checkpoint. */
  #endPiece(): void {
    const reader = this.#reader;
    this.#content = reader.content;
    this.#memberCrc = reader.crc32;
    if (reader.hasMemberEnded) {
      this.#crc = this.#crcHere();
      this.#segmentStart = this.#content;
      this.#memberCrc = this.#segmentCrc = 0;
    }
    const isCheckpoint = this.#collector.look();
    const head = isCheckpoint ? this.#cut() : undefined;
    const isEnd = reader.content >= (this.#part?.until ?? Infinity);
    if (isEnd) this.#endAt(head);
    if (head === undefined) return;
    this.#checkpoint = this.#collector.count - 1;
    this.#head = head;
  }

  /** Ends the part, which must be at a checkpoint with the beginning of a row. */
  #endAt(head: Uint8Array<ArrayBuffer> | undefined): void {
    const reader = this.#reader;
    if (head === undefined || reader.content !== this.#part?.until) {
      throw new NotIndexableError("has no checkpoint where the part ends");
    }
    const { crc32, memberSize: size, hasMemberEnded } = reader;
    const member = hasMemberEnded ? { crc32: 0, size: 0 } : { crc32, size };
    this.#end = { start: this.#start, head, member };
    // A trailer that comes next is this part's, one that comes later is not.
    if (!hasMemberEnded) this.#entered = { member: reader.entered };
    this.#count = this.#collector.count;
  }

  /** The CRC-32 of the span's content so far. */
  #crcHere(): number {
    const length = this.#content - this.#segmentStart;
    const segment = this.#memberCrc ^ shiftCrc32(this.#segmentCrc, length);
    return (shiftCrc32(this.#crc, length) ^ segment) >>> 0;
  }

  /** Ends the span in front of the row that has begun last; returns what there is of that. */
  #cut(): Uint8Array<ArrayBuffer> | undefined {
    const scanner = this.#scanner;
    if (scanner === undefined) return undefined;
    const content = this.#content;
    const end = content - scanner.pending;
    const span = scanner.endSpan();
    if (span === undefined) return undefined;
    const head = scanner.head();
    const headCrc = crc32(head);
    const crc = shiftCrc32((this.#crcHere() ^ headCrc) >>> 0, -head.length);
    this.#push(span, end, crc);
    this.#start = end;
    this.#limit = end + 2 * this.#spanSize;
    this.#crc = headCrc;
    this.#segmentStart = content;
    this.#segmentCrc = this.#memberCrc;
    this.#head = EMPTY;
    return head;
  }

  #push(
    span: Omit<
      RowSpan,
      "number" | "start" | "end" | "crc32" | "checkpoint" | "head"
    >,
    end: number,
    crc32: number,
  ): void {
    this.#spans.push({
      ...span,
      first: toTicker(span.first),
      last: toTicker(span.last),
      least: toTicker(span.least),
      greatest: toTicker(span.greatest),
      number: this.#spans.length,
      start: this.#start,
      end,
      crc32,
      checkpoint: this.#checkpoint,
      head: this.#head,
    });
  }

  #endRows(): void {
    if (this.#scanner === undefined && this.#header.length > 0) this.#open();
    this.#scanner?.end();
    const span = this.#scanner?.endSpan();
    if (span === undefined) return;
    this.#push(span, this.#reader.content, this.#crcHere());
  }

  async #toIndex(): Promise<RowIndex> {
    const spans = this.#spans;
    const times = this.#names.find((name) => TIME_COLUMNS.includes(name));
    return {
      object: { ...this.#object, size: this.#size },
      header: new TextDecoder().decode(this.#header),
      headerEnd: this.#headerEnd,
      timeColumn: times === undefined
        ? undefined
        : TIME_COLUMNS.find((name) => this.#names.includes(name)),
      rows: spans.reduce((sum, { rows }) => sum + rows, 0),
      contentSize: this.#reader.content,
      spans,
      gzip: await this.#collector.finish(this.#size),
      tickers: this.#tickers(),
    };
  }

  #tickers(): TickerSummary[] | undefined {
    if (this.#part !== undefined) return undefined;
    if (this.#scanner === undefined) return [];
    const runs = this.#scanner.runs();
    return runs && summarizeRuns(runs);
  }
}
