import type {
  ObjectInfo,
  ResumableBody,
  ResumableBodyOptions,
} from "../store/mod.ts";

/** An object, and how to request it. */
export interface ObjectSource {
  bucket: string;
  key: string;
  /** Requests the object, or a part of it. */
  open(part?: ResumableBodyOptions): Promise<ResumableBody>;
  /** Requests its metadata. */
  head(): Promise<ObjectInfo>;
  /** Called before the object is requested again from its first byte. */
  onRetry(): void;
}
