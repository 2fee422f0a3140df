import { assertString, wrongValue } from "./arguments.ts";

/**
 * Asserts that a value can name a bucket: 1 to 255 letters, digits, dots, hyphens
 * and underscores, beginning and ending with a letter or digit, without two dots
 * in a row.
 *
 * @throws {TypeError} If it is not a string.
 * @throws {RangeError} If no bucket can have that name.
 */
export function assertBucketName(bucket: unknown): asserts bucket is string {
  assertString(bucket, "bucket");
  if (
    bucket.length > 255 || bucket.includes("..") ||
    !/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(bucket)
  ) {
    throw wrongValue(
      "bucket",
      "a name of letters, digits, dots, hyphens and underscores",
      bucket,
    );
  }
}
