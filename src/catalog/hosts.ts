/** The hosts of Polygon's, now Massive's, own service of flat files. */
export const SERVICE_HOSTS: readonly string[] = [
  "files.polygon.io",
  "files.massive.com",
];
