import { countSlices, IndexError, piecesOf, pull } from "../../base/mod.ts";
import { openFileReader, openFileSource, readFile } from "../../files/mod.ts";
import { canInflate, Decompressor } from "../../gzip/mod.ts";
import {
  decodeRowIndex,
  encodeRowIndex,
  type IndexedObject,
  openIndexed,
  type RowBatch,
  type RowFilter,
  type RowIndex,
  RowIndexer,
  RowSelector,
} from "../../rows/mod.ts";
import { FILE_SLICE } from "./file_slice.ts";
import type { DownloadProgress } from "../download_options.ts";

/** A file whose rows are wanted. */
export interface SelectedFile {
  /** Its path. */
  path: string;
  /** What it is called where it cannot be decompressed: its path in the mirror. */
  name: string;
  /** What it is called where its rows cannot be read. */
  key: string;
  /** Which rows. */
  filter: RowFilter;
  /** The object that it is a copy of, as it is stored, where it may have an index. */
  object?: IndexedObject | undefined;
  /** Where its index may be. One that is damaged, or of another object, is as good as none. */
  indexPath?: string | undefined;
  /** The index, or a part of it, where it has been read already. */
  index?: RowIndex | undefined;
  /** Whether an index is made where there is none, and the file is read through. */
  makesIndex: boolean;
}

/** How the rows of a file were found. */
export interface Selection {
  /** Whether only parts were read. */
  isOfParts: boolean;
  /** How many bytes were read. */
  bytesRead: number;
  /** The index that was made, encoded. */
  madeIndex?: Uint8Array<ArrayBuffer> | undefined;
}

/** Options of {@linkcode selectFile}. */
export interface SelectFileOptions {
  signal: AbortSignal;
  /** Takes rows; resolves when there is room for more. */
  onRows?: ((batch: RowBatch) => void | Promise<void>) | undefined;
  /** Called as it is read. */
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

/**
 * Selects rows of a file: by its index, or by reading it through. There is at least one
 * batch, unless the file is empty.
 *
 * @throws {IntegrityError} If the file is damaged, or not what the index is of.
 * @throws {RowError} If the rows cannot be selected.
 * @throws {LocalFileError} If it cannot be read.
 */
export async function selectFile(
  file: SelectedFile,
  { signal, onRows = () => {}, onProgress }: SelectFileOptions,
): Promise<Selection> {
  using lent = borrowSelector(file.filter);
  const { selector } = lent;
  const { path, name, key, object } = file;
  const tell = onProgress && ((bytes: number) => {
    onProgress({ key, bytes, size: object?.size });
  });
  const index = file.index ?? await readIndex(file);
  if (index !== undefined) {
    using source = await openFileSource(path);
    const { counted, bytesRead } = countSlices(source, tell);
    const opened = openIndexed(counted, index);
    for await (
      const batch of selector.selectIndexed(opened, key, {
        sliceSize: FILE_SLICE,
        signal,
        isNear: true,
      })
    ) {
      await onRows(batch);
    }
    return { isOfParts: true, bytesRead: bytesRead() };
  }
  using reader = await openFileReader(path, signal);
  // Only WebAssembly tells where blocks begin.
  using indexer = object !== undefined && file.makesIndex && canInflate
    ? new RowIndexer(object, { take: (bytes) => take(bytes) })
    : undefined;
  using content = indexer ?? new Decompressor(name, (bytes) => take(bytes));
  let take: (bytes: Uint8Array) => Promise<void> = () => Promise.resolve();
  const pieces = pull<Uint8Array>(async (give) => {
    take = give;
    for await (const bytes of piecesOf(reader)) {
      tell?.(reader.position);
      await content.write(bytes);
    }
    await content.end();
    if (content.damage !== undefined) throw content.damage;
  });
  for await (const batch of selector.select(pieces, key)) await onRows(batch);
  const made = indexer?.index;
  return {
    isOfParts: false,
    bytesRead: reader.position,
    // What is in the file's place may have been another version.
    ...(made?.object.size === object?.size && made !== undefined &&
      { madeIndex: await encodeRowIndex(made) }),
  };
}

async function readIndex(
  { indexPath: path, object }: SelectedFile,
): Promise<RowIndex | undefined> {
  if (path === undefined || object === undefined) return undefined;
  const bytes = await readFile(path);
  try {
    return bytes && decodeRowIndex(bytes, object);
  } catch (error) {
    if (error instanceof IndexError) return undefined;
    throw error;
  }
}

/** Selectors for more files: making one ready takes as long as a small file. */
const spares: { text: string; selector: RowSelector }[] = [];
/** As many as there are files at once in a thread, usually. */
const MOST_SPARES = 2;

/** A selector of a filter's rows, for one content at a time. */
function borrowSelector(
  filter: RowFilter,
): { selector: RowSelector } & Disposable {
  const text = JSON.stringify(filter);
  const place = spares.findIndex((spare) => spare.text === text);
  const [spare] = place === -1 ? [] : spares.splice(place, 1);
  const selector = spare?.selector ?? new RowSelector(filter);
  return {
    selector,
    [Symbol.dispose]: () => {
      spares.push({ text, selector });
      if (spares.length > MOST_SPARES) spares.shift();
    },
  };
}
