import { nextTurn } from "../../base/mod.ts";
import { createHash } from "node:crypto";
import { ByteCache } from "./byte_cache.ts";
import { combineCrc32 } from "./crc32_combine.ts";
import {
  type FileId,
  type FilePlan,
  GZIP_HEADER,
  GZIP_TRAILER_SIZE,
  planFile,
  plannedSize,
  seedText,
  segmentCount,
} from "./file_plan.ts";
import { generateSegment, segmentRange } from "./segment.ts";

/** Files up to this size have the MD5 of their bytes as ETag, as one upload gives it. */
const LARGEST_SINGLE_UPLOAD = 32 * 1024;

const CACHE_SIZE = 32 * 1024 * 1024;
/** About what an entry costs besides its bytes. */
const ENTRY_SIZE = 300;

/** What is known of a file's content so far. */
interface Known {
  /** The CRC-32 of each segment that was generated. */
  readonly crcs: Uint32Array;
  /** The length of each segment's content; 0 where it was not generated yet. */
  readonly lengths: Uint32Array;
  trailer?: Uint8Array<ArrayBuffer>;
}

const segments = new ByteCache<Uint8Array<ArrayBuffer>>(CACHE_SIZE);
const knowledge = new ByteCache<Known>(CACHE_SIZE / 4);
const plans = new ByteCache<FilePlan>(CACHE_SIZE / 8);
const etags = new ByteCache<string>(CACHE_SIZE / 8);

/**
 * The bytes of a generated file from `start` up to `end`, in pieces. Each piece is
 * generated when it is asked for; only the trailer needs to know all of them.
 */
export async function* readGenerated(
  id: FileId,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const plan = cachedPlan(id);
  const known = knownOf(plan);
  if (start < GZIP_HEADER.length) {
    yield GZIP_HEADER.subarray(start, Math.min(end, GZIP_HEADER.length));
  }
  const bodyEnd = plan.size - GZIP_TRAILER_SIZE;
  let index = indexAt(plan, start);
  for (; index < plan.segments; index++) {
    const range = segmentRange(plan, index);
    if (range.start >= end) break;
    if (range.end <= start) continue;
    yield packedSegment(plan, known, index).subarray(
      Math.max(0, start - range.start),
      Math.max(0, Math.min(end, range.end) - range.start),
    );
  }
  if (end > bodyEnd) {
    const trailer = known.trailer ?? await makeTrailer(plan, known);
    yield trailer.subarray(Math.max(0, start - bodyEnd), end - bodyEnd);
  }
}

/** The uncompressed content of a generated file, in pieces. */
export function* readGeneratedText(
  id: FileId,
): Generator<Uint8Array<ArrayBuffer>> {
  const plan = planFile(id);
  for (let index = 0; index < plan.segments; index++) {
    let content = new Uint8Array();
    generateSegment(plan, index, (bytes) => content = bytes.slice());
    yield content;
  }
}

/** The ETag of a generated file without quotes. */
export function generatedEtag(id: FileId): string {
  const name = seedText(id);
  let etag = etags.get(name);
  if (etag !== undefined) return etag;
  const hash = createHash("md5");
  etag = isSingleUpload(id)
    ? hash.update(generatedBytes(id)).digest("hex")
    : `${hash.update(name).digest("hex")}-${
      Math.max(2, segmentCount(plannedSize(id)))
    }`;
  etags.set(name, etag, ENTRY_SIZE);
  return etag;
}

/** Whether the ETag of a generated file is the MD5 of its bytes. */
export function isSingleUpload(id: FileId): boolean {
  return plannedSize(id) <= LARGEST_SINGLE_UPLOAD;
}

/** All bytes of a generated file that is a single upload. */
export function generatedBytes(id: FileId): Uint8Array {
  const plan = cachedPlan(id);
  const known = knownOf(plan);
  const packed = packedSegment(plan, known, 0);
  const trailer = known.trailer ?? trailerOf(plan, known);
  return new Uint8Array([...GZIP_HEADER, ...packed, ...trailer]);
}

function cachedPlan(id: FileId): FilePlan {
  const name = seedText(id);
  let plan = plans.get(name);
  if (plan === undefined) {
    plan = planFile(id);
    plans.set(name, plan, ENTRY_SIZE);
  }
  return plan;
}

function knownOf(plan: FilePlan): Known {
  const name = seedText(plan.id);
  let known = knowledge.get(name);
  if (known === undefined) {
    known = {
      crcs: new Uint32Array(plan.segments),
      lengths: new Uint32Array(plan.segments),
    };
    knowledge.set(name, known, ENTRY_SIZE + plan.segments * 8);
  }
  return known;
}

function indexAt(plan: FilePlan, place: number): number {
  const part = (place - GZIP_HEADER.length) /
    (plan.size - GZIP_HEADER.length - GZIP_TRAILER_SIZE);
  // Rounded the other way than the ranges: one before may be right.
  return Math.max(0, Math.floor(part * plan.segments) - 1);
}

function packedSegment(
  plan: FilePlan,
  known: Known,
  index: number,
): Uint8Array<ArrayBuffer> {
  const name = `${seedText(plan.id)}#${index}`;
  let packed = segments.get(name);
  if (packed === undefined || known.lengths[index] === 0) {
    const segment = generateSegment(plan, index);
    packed = segment.packed;
    known.crcs[index] = segment.crc;
    known.lengths[index] = segment.length;
    segments.set(name, packed, packed.length + ENTRY_SIZE);
  }
  return packed;
}

async function makeTrailer(
  plan: FilePlan,
  known: Known,
): Promise<Uint8Array<ArrayBuffer>> {
  for (let index = 0; index < plan.segments; index++) {
    if (known.lengths[index] !== 0) continue;
    const { crc, length } = generateSegment(plan, index);
    known.crcs[index] = crc;
    known.lengths[index] = length;
    // Other requests are to be answered meanwhile.
    await nextTurn();
  }
  return trailerOf(plan, known);
}

/** The CRC-32 and the length of the whole content, from those of all segments. */
function trailerOf(plan: FilePlan, known: Known): Uint8Array<ArrayBuffer> {
  let crc = 0;
  let length = 0;
  for (let index = 0; index < plan.segments; index++) {
    const size = known.lengths[index] ?? 0;
    crc = combineCrc32(crc, known.crcs[index] ?? 0, size);
    length += size;
  }
  const trailer = new DataView(new ArrayBuffer(GZIP_TRAILER_SIZE));
  trailer.setUint32(0, crc, true);
  trailer.setUint32(4, length % 0x1_0000_0000, true);
  known.trailer = new Uint8Array(trailer.buffer);
  return known.trailer;
}
