/** How a mirror stores a flat file: the object's bytes as they are, or decompressed. */
export type FileEncoding = "stored" | "decompressed";
