import config from "../../deno.json" with { type: "json" };
import { importPackage } from "../base/mod.ts";

/** The packages that are fetched when they are first used: 24 MB with their dependencies. */
interface Packages {
  "@aws-sdk/client-s3": typeof import("@aws-sdk/client-s3");
  "@smithy/core/config": typeof import("@smithy/core/config");
  "@smithy/fetch-http-handler": typeof import("@smithy/fetch-http-handler");
}

/** The AWS SDK's client of S3. */
export type AwsSdk = Packages["@aws-sdk/client-s3"];

/**
 * Imports a package when it is used.
 *
 * @throws {Error} If it is not there and cannot be fetched.
 */
export async function loadPackage<Name extends keyof Packages>(
  name: Name,
): Promise<Packages[Name]> {
  return await importPackage(name, config.scopes["./"]) as Packages[Name];
}
