/** The hosts of the flat-file service of Polygon.io, now Massive. */
export const SERVICE_HOSTS: readonly string[] = [
  "files.polygon.io",
  "files.massive.com",
];
