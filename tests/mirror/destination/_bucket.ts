/**
 * Buckets of services that somebody else wrote, for a mirror.
 *
 * @module
 */
import { S3Client } from "@aws-sdk/client-s3";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { Bucket } from "../../../src/mirror/destination/bucket.ts";
import { gzipStored, noise } from "../../support/data.ts";
import { TestAwsStore } from "../../support/store.ts";
import type { Interruption } from "./conformance.ts";

const MiB = 1024 * 1024;

/** The least part that S3 takes, in bytes. */
export const PART = 5 * MiB;

/** Three parts; of the third one's range only the beginning arrives. */
export const INTERRUPTION: Interruption = {
  object: gzipStored(noise(12 * MiB)),
  fault: { kind: "drop", after: 1000, operation: "get", skip: 2 },
};

/** A service, and who may use it. */
export interface BucketService {
  url: string;
  bucket: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** A place of its own in a service's bucket. */
export function openTestBucket(
  { url, bucket, credentials }: BucketService,
  prefix: string = crypto.randomUUID(),
): Bucket {
  const client = new S3Client({
    endpoint: url,
    region: "us-east-1",
    forcePathStyle: true,
    credentials,
    requestHandler: new FetchHttpHandler(),
    requestChecksumCalculation: "WHEN_REQUIRED",
  });
  const store = new TestAwsStore(url, { client, isOwn: true });
  return new Bucket(store, bucket, prefix, () => {
    store.close();
    client.destroy();
  });
}
