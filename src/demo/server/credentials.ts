/** The two halves of an access key. */
export interface DemoCredentials {
  /** The public half, which every request names. */
  readonly accessKeyId: string;
  /** The secret half, with which requests are signed. */
  readonly secretAccessKey: string;
}

/** The only access key that a demo service takes unless it is told otherwise. It opens nothing else. */
export const DEMO_CREDENTIALS: DemoCredentials = {
  accessKeyId: "flatbed-demo",
  secretAccessKey: "made-up-demo-secret",
};
