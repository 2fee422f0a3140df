/** Ends the name of the file with the bytes that have arrived, as stored. */
export const PART = ".part";
/** Ends the name of the note that says which version they are of. */
export const RECORD = ".part.json";
/** Ends the name of the note that says how far each range has come. */
export const RANGES = ".part.ranges";
/** Ends the name of the file that collects decompressed bytes. */
export const CONTENT = ".part.content";

/** The endings of all files in which a download is collected, beside its target. */
export const PART_ENDINGS: readonly string[] = [CONTENT, RANGES, RECORD, PART];
