/**
 * S3 services that somebody else wrote. Each is used where it is to be had: in the
 * folder that `FLATBED_TEST_BIN` names, or on the PATH; or running already, at the
 * address that `FLATBED_TEST_S3_URL` names.
 *
 * @module
 */
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { makeFolder } from "../support/folder.ts";

/** A service that somebody else wrote. */
export interface IndependentServer {
  /** Its name, which is its program's as well. */
  readonly name: string;
  /** The command that brings it onto a machine. */
  readonly howToGet: string;
  /** Whether it looks at signatures. */
  readonly checksSignatures: boolean;
  /** Whether an upload takes it 10 ms, however small. */
  readonly isSlow?: true;
  /** How to start the program on a port of this machine, with a folder to keep objects in. */
  command(port: number, folder: string): {
    args: readonly string[];
    env?: Record<string, string>;
  };
  /** Arguments that only a version succeeds with that can do what is wanted. */
  readonly trial: readonly string[];
}

/** A service that runs. */
export interface StartedServer extends AsyncDisposable {
  /** Where it answers. */
  readonly url: string;
  /** The keys that it takes. */
  readonly credentials: typeof CREDENTIALS;
  /** A bucket that is there. */
  readonly bucket: string;
  /** Uploads an object in one request: its ETag is an MD5. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Uploads an object in parts, of 5 MiB or more each but the last: its ETag is none. */
  putInParts(key: string, parts: readonly Uint8Array[]): Promise<void>;
}

/** Made up, and valid nowhere else; a service that runs already must take them. */
const CREDENTIALS = {
  accessKeyId: "flatbed-test",
  secretAccessKey: "made-up-test-secret",
};
const BUCKET = "flatfiles";
/** How long a service may take until it answers, in milliseconds. */
const PATIENCE = 30_000;

/** The services that the same test is run against. */
export const SERVERS: readonly IndependentServer[] = [
  {
    name: "versitygw",
    howToGet: "go install github.com/versity/versitygw/cmd/versitygw@latest",
    checksSignatures: true,
    trial: ["posix", "--help"],
    command: (port, folder) => ({
      args: ["--port", `127.0.0.1:${port}`, "--quiet", "posix", folder],
      env: {
        ROOT_ACCESS_KEY: CREDENTIALS.accessKeyId,
        ROOT_SECRET_KEY: CREDENTIALS.secretAccessKey,
      },
    }),
  },
  {
    name: "minio",
    howToGet: "go install github.com/minio/minio@latest",
    checksSignatures: true,
    trial: ["--version"],
    command: (port, folder) => ({
      args: ["server", "--quiet", "--address", `127.0.0.1:${port}`, folder],
      env: {
        MINIO_ROOT_USER: CREDENTIALS.accessKeyId,
        MINIO_ROOT_PASSWORD: CREDENTIALS.secretAccessKey,
        MINIO_BROWSER: "off",
      },
    }),
  },
  {
    name: "rclone",
    howToGet: "go install github.com/rclone/rclone@latest",
    checksSignatures: true,
    // Older versions show their help for what they do not know.
    trial: ["serve", "s3", "--auth-key", "id,secret", "--help"],
    command: (port, folder) => ({
      args: [
        ...["serve", "s3", "--addr", `127.0.0.1:${port}`, "--auth-key"],
        `${CREDENTIALS.accessKeyId},${CREDENTIALS.secretAccessKey}`,
        folder,
      ],
    }),
  },
  {
    name: "moto_server",
    howToGet: "pip install moto[server]",
    checksSignatures: false,
    isSlow: true,
    trial: ["--help"],
    command: (port) => ({ args: ["-H", "127.0.0.1", "-p", `${port}`] }),
  },
];

/** For a test's name: why it is skipped, where the program is not there. */
export function absenceNote(
  { name }: Pick<IndependentServer, "name">,
  path: string | undefined,
): string {
  return path === undefined ? `: skipped, there is no ${name}` : "";
}

/** Where a service's program is, in a version that can do what is wanted. */
export async function findServer(
  { name, trial }: IndependentServer,
): Promise<string | undefined> {
  const own = Deno.env.get("FLATBED_TEST_BIN");
  const isWindows = Deno.build.os === "windows";
  const folders = [
    ...(own === undefined ? [] : [own]),
    ...(Deno.env.get("PATH") ?? "").split(isWindows ? ";" : ":"),
  ];
  for (const folder of folders) {
    const path = `${folder}/${name}${isWindows ? ".exe" : ""}`;
    try {
      const { success } = await new Deno.Command(path, {
        args: [...trial],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).output();
      if (success) return path;
    } catch (error) {
      if (!isNoProgram(error)) throw error;
    }
  }
}

/**
 * Starts a service with an empty folder, and makes a bucket.
 *
 * @param prepare Does something with the folder first; returns what undoes it.
 */
export async function startServer(
  server: IndependentServer,
  path: string,
  prepare?: (folder: string) => Promise<AsyncDisposable>,
): Promise<StartedServer> {
  await using cleanup = new AsyncDisposableStack();
  const folder = cleanup.use(await makeFolder());
  if (prepare !== undefined) cleanup.use(await prepare(folder.path));
  const port = freePort();
  const { args, env = {} } = server.command(port, folder.path);
  const child = new Deno.Command(path, {
    args: [...args],
    clearEnv: true,
    // Nobody's settings, and nothing left behind in a home folder.
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: folder.path, ...env },
    cwd: folder.path,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  let isRunning = true;
  const ended = output.finally(() => isRunning = false);
  cleanup.defer(async () => {
    if (isRunning) child.kill("SIGKILL");
    await ended;
  });
  if (!await answers(port, () => isRunning)) {
    if (isRunning) child.kill("SIGKILL");
    const { stderr } = await ended;
    throw new Error(
      `${server.name} did not start: ${new TextDecoder().decode(stderr)}`,
    );
  }
  const started = cleanup.use(await connect(`http://127.0.0.1:${port}`));
  const owned = cleanup.move();
  return { ...started, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Makes a bucket in a service that runs. */
export async function connect(url: string): Promise<StartedServer> {
  await using cleanup = new AsyncDisposableStack();
  const client = cleanup.adopt(
    new S3Client({
      endpoint: url,
      region: "us-east-1",
      credentials: CREDENTIALS,
      forcePathStyle: true,
      requestHandler: new FetchHttpHandler(),
      requestChecksumCalculation: "WHEN_REQUIRED",
    }),
    (client) => client.destroy(),
  );
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const owned = cleanup.move();
  return {
    url,
    credentials: CREDENTIALS,
    bucket: BUCKET,
    async put(key, bytes) {
      await client.send(
        new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: bytes }),
      );
    },
    putInParts: (key, parts) => putInParts(client, key, parts),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function putInParts(
  client: S3Client,
  key: string,
  parts: readonly Uint8Array[],
): Promise<void> {
  const object = { Bucket: BUCKET, Key: key };
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand(object),
  );
  const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
  for (const [index, bytes] of parts.entries()) {
    const PartNumber = index + 1;
    const { ETag } = await client.send(
      new UploadPartCommand({ ...object, UploadId, PartNumber, Body: bytes }),
    );
    Parts.push({ PartNumber, ETag });
  }
  await client.send(
    new CompleteMultipartUploadCommand({
      ...object,
      UploadId,
      MultipartUpload: { Parts },
    }),
  );
}

/** A port that nobody listens on just now. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Whether something answers on a port before patience ends. */
async function answers(
  port: number,
  isRunning: () => boolean,
): Promise<boolean> {
  const deadline = performance.now() + PATIENCE;
  while (isRunning() && performance.now() < deadline) {
    try {
      // Any answer will do: without a signature it is a refusal.
      const response = await fetch(`http://127.0.0.1:${port}/`, {
        signal: AbortSignal.timeout(1000),
      });
      await response.body?.cancel();
      if (response.status < 500) return true; // MinIO says 503 until it is ready
    } catch {
      // nobody listens yet
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

function isNoProgram(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotADirectory;
}
