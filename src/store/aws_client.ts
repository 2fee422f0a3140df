/**
 * An `S3Client` of `@aws-sdk/client-s3`, by what is used of it: the SDK's own types are
 * not loaded for it.
 */
export interface AwsClient {
  /** Its settings. */
  readonly config: object;
  /** Sends a command. */
  send(...args: never[]): unknown;
}
