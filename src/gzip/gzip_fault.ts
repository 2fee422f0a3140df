/** What is wrong with gzip data of no name: its message completes the sentence "its gzip data …". */
export class GzipFault extends Error {}
