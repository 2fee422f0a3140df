/** What is wrong with gzip data, as the end of a sentence that begins with it. */
export class GzipFault extends Error {}
