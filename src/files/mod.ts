/**
 * Local files: part files, atomic writes, file identity, free space, and the meaning of
 * the system's errors.
 *
 * @module
 */

export { ignoreAbsent, isAbsent, unlessAbsent } from "./absent.ts";
export { assertDeno } from "./assert_deno.ts";
export { DAMAGED_ENDING } from "./damaged_ending.ts";
export { fileError, withFile, withFileSync } from "./file_errors.ts";
export {
  fileId,
  fileIdentity,
  identityOf,
  isSameFile,
  statFile,
} from "./file_identity.ts";
export { hostName } from "./host_name.ts";
export { inspectPath } from "./inspect_path.ts";
export { openFileReader } from "./file_reader.ts";
export { type FileSource, openFileSource } from "./file_source.ts";
export { type FileSpace, spaceForAll } from "./file_space.ts";
export { freeBytes } from "./free_bytes.ts";
export { PART_ENDINGS } from "./part_endings.ts";
export { PartClaim } from "./part_claim.ts";
export { type EarlierPart, PartFile, type RangeWriter } from "./part_file.ts";
export { readFile } from "./read_file.ts";
export { RangeRecord } from "./range_record.ts";
export {
  SHARED_ALIGNMENT,
  SharedPart,
  type SharedState,
  type SharedVersion,
} from "./shared_part.ts";
export { writeAll, writeAllSync } from "./write_all.ts";
export { openWholeFile, type WholeFile } from "./whole_file.ts";
export { writeWhole } from "./write_whole.ts";
