import type {
  ObjectInfo,
  ResumableBody,
  ResumableBodyOptions,
} from "../store/mod.ts";

/** An object, and how to ask for it. */
export interface ObjectSource {
  bucket: string;
  key: string;
  /** Opens the object, or a part of it. */
  open(part?: ResumableBodyOptions): Promise<ResumableBody>;
  /** Asks for what is known of it. */
  head(): Promise<ObjectInfo>;
}
