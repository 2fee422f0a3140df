import config from "../../deno.json" with { type: "json" };

/** The packages that are fetched when they are first used: 24 MB with their dependencies. */
interface Packages {
  "@aws-sdk/client-s3": typeof import("@aws-sdk/client-s3");
  "@smithy/core/config": typeof import("@smithy/core/config");
  "@smithy/fetch-http-handler": typeof import("@smithy/fetch-http-handler");
}

/** The AWS SDK's client of S3. */
export type AwsSdk = Packages["@aws-sdk/client-s3"];

/**
 * Imports a package when it is used. What a literal `import()` names, Deno fetches with
 * the program, whether it is used or not.
 *
 * @throws {Error} If it is not there and cannot be fetched.
 */
export async function loadPackage<Name extends keyof Packages>(
  name: Name,
): Promise<Packages[Name]> {
  const [scope, root, ...entry] = name.split("/");
  const versions: Record<string, string> = config.scopes["./"];
  const versioned = versions[`${scope}/${root}`];
  // Other runtimes resolve the bare name: it is a dependency of the npm package.
  const specifier = globalThis.Deno === undefined || versioned === undefined
    ? name
    : [versioned, ...entry].join("/");
  try {
    return await import(specifier);
  } catch (error) {
    const [reason] = (error as Error).message.split("\n");
    throw new Error(
      `Cannot load ${specifier}: ${reason}; 'deno cache ${specifier}' fetches it beforehand, and 'deno compile --include ${specifier}' puts it into a binary`,
      { cause: error },
    );
  }
}
