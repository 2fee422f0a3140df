import type { ObjectInfo } from "../../store/mod.ts";

/** What can be told of a copy without reading it. */
export interface CopyInfo {
  /** Its size in bytes: the object's, unless it is decompressed. */
  bytes: number;
  /** When it was last modified. */
  mtime: Date;
  /** Differs from that of any other copy that takes its place. */
  identity: string;
  /** Whether its space becomes free when it is replaced or removed: not if it has another hard link. */
  isSoleLink: boolean;
}

/** What an object is as a copy, whether it was looked up or listed. */
export function copyInfo({ size, etag, lastModified }: ObjectInfo): CopyInfo {
  // A listing has milliseconds, and an answer's header has none.
  const seconds = Math.floor((lastModified?.getTime() ?? 0) / 1000);
  return {
    bytes: size,
    mtime: new Date(1000 * seconds),
    identity: `${etag} ${seconds}`,
    isSoleLink: true,
  };
}

/** The ETag of the object that a copy is, without quotes. */
export function etagOfCopy({ identity }: CopyInfo): string {
  return identity.slice(0, identity.lastIndexOf(" "));
}
