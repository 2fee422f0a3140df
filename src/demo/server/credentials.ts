import type { AccessKey } from "../../service/mod.ts";

/** The two halves of an access key. */
export type DemoCredentials = AccessKey;

/** The only access key that a demo service takes unless it is told otherwise. It opens nothing else. */
export const DEMO_CREDENTIALS: DemoCredentials = {
  accessKeyId: "flatbed-demo",
  secretAccessKey: "made-up-demo-secret",
};
