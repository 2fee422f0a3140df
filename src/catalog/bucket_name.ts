/**
 * Asserts that a value can name a bucket: 1 to 255 letters, digits, dots, hyphens
 * and underscores, beginning and ending with a letter or digit, without two dots
 * in a row.
 *
 * @throws {TypeError} If it is not a string.
 * @throws {RangeError} If no bucket can have that name.
 *
 * @example
 * ```ts
 * import { assertBucketName } from "@flatbed/flatbed/catalog";
 * import { assertThrows } from "@std/assert";
 *
 * assertBucketName("flatfiles");
 * assertThrows(() => assertBucketName("../flatfiles"), RangeError);
 * ```
 */
export function assertBucketName(bucket: unknown): asserts bucket is string {
  if (typeof bucket !== "string") {
    throw new TypeError(
      `Cannot use a bucket name of type ${typeof bucket}: it must be a string`,
    );
  }
  if (
    bucket.length > 255 || bucket.includes("..") ||
    !/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(bucket)
  ) {
    throw new RangeError(
      `Cannot use ${
        JSON.stringify(bucket.slice(0, 60))
      } as a bucket name: it must be letters, digits, dots, hyphens and underscores`,
    );
  }
}
