import config from "../../../deno.json" with { type: "json" };

/** The image of this version, as the release publishes it. */
export const IMAGE = `ghcr.io/flatbed/flatbed:${config.version}`;
/** The user and group that the image runs as. */
export const IMAGE_USER = 65532;
/** The folder of the image that caches and temporary files are in: all else may be read-only. */
export const SCRATCH = "/scratch";
