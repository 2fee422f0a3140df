/** Whether a file holds an object's bytes as they are stored, or decompressed. */
export type FileForm = "stored" | "decompressed";
