/**
 * How many bytes of a file are read at once: a disk is not faster with more, and each job
 * keeps two of these.
 */
export const FILE_SLICE = 256 * 1024;
