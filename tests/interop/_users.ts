/**
 * Users of services that somebody else wrote, who lose what they may do.
 *
 * @module
 */
import {
  createCipheriv,
  createHash,
  createHmac,
  pbkdf2Sync,
  randomBytes,
} from "node:crypto";
import { makeFolder } from "../support/folder.ts";
import { runProgram } from "../support/program.ts";
import { waitUntil } from "../support/wait_until.ts";
import {
  findServer,
  SERVERS,
  type StartedServer,
  startServer,
} from "./_servers.ts";

/** Made up, and valid nowhere else. */
const USER = {
  accessKeyId: "flatbed-user",
  secretAccessKey: "made-up-user-secret",
};
const POLICY = "readwrite";

/** A service, and one of its users. */
export interface ServerWithUser extends StartedServer {
  /** Of a user who may write to the bucket, and has no other rights. */
  readonly user: typeof USER;
  /** Makes the user, with its rights. */
  create(): Promise<void>;
  /** Removes the user: its keys are unknown from then on. */
  remove(): Promise<void>;
  /** Takes the user's rights to write; its keys are known as before. */
  forbid(): Promise<void>;
  /** Gives them again. */
  allow(): Promise<void>;
}

/** A session's credentials. */
export interface SessionCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

/** How a service with users is started, by its name. */
export const WITH_USERS: Readonly<
  Record<string, (program: string) => Promise<ServerWithUser>>
> = {
  versitygw: startVersitygw,
  minio: startMinio,
};

async function startVersitygw(program: string): Promise<ServerWithUser> {
  await using stack = new AsyncDisposableStack();
  const accounts = stack.use(await makeFolder());
  const service = stack.use(
    await startServer(
      withArguments("versitygw", ["--iam-dir", accounts.path]),
      program,
    ),
  );
  const { url, bucket, credentials } = service;
  const admin = (...args: string[]) =>
    runProgram(program, ["admin", ...args], {
      env: {
        ADMIN_ACCESS_KEY: credentials.accessKeyId,
        ADMIN_SECRET_KEY: credentials.secretAccessKey,
        ADMIN_ENDPOINT_URL: url,
      },
    });
  const give = (owner: string) =>
    admin("change-bucket-owner", "--bucket", bucket, "--owner", owner);
  const { accessKeyId, secretAccessKey } = USER;
  const keys = ["--access", accessKeyId, "--secret", secretAccessKey];
  const owned = stack.move();
  return {
    ...service,
    user: USER,
    async create() {
      await admin("create-user", ...keys, "--role", "user");
      await give(accessKeyId);
    },
    async remove() {
      await admin("delete-user", "--access", accessKeyId);
    },
    async forbid() {
      await give(credentials.accessKeyId);
    },
    async allow() {
      await give(accessKeyId);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function startMinio(program: string): Promise<ServerWithUser> {
  const service = await startServer(withArguments("minio", []), program);
  const admin = (
    method: "PUT" | "DELETE",
    operation: string,
    query: Record<string, string>,
    body?: Uint8Array<ArrayBuffer>,
  ) => askMinio(service, method, operation, query, body);
  const { accessKeyId, secretAccessKey } = USER;
  const setPolicy = (policyName: string) =>
    admin("PUT", "set-user-or-group-policy", {
      ...{ policyName, userOrGroup: accessKeyId, isGroup: "false" },
    });
  return {
    ...service,
    user: USER,
    async create() {
      await admin(
        "PUT",
        "add-user",
        { accessKey: accessKeyId },
        encrypt(
          service.credentials.secretAccessKey,
          JSON.stringify({ secretKey: secretAccessKey, status: "enabled" }),
        ),
      );
      await setPolicy(POLICY);
    },
    remove: () => admin("DELETE", "remove-user", { accessKey: accessKeyId }),
    forbid: () => setPolicy("readonly"),
    allow: () => setPolicy(POLICY),
  };
}

/** A MinIO that gives sessions to whom an identity provider has named. */
export async function startMinioWithSessions(
  program: string,
): Promise<
  StartedServer & {
    /** A session that ends after so many seconds. */
    session(seconds: number): Promise<SessionCredentials>;
  }
> {
  await using stack = new AsyncDisposableStack();
  const provider = stack.use(Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    ({ url }) => {
      const { origin, pathname } = new URL(url);
      return Response.json(
        pathname.endsWith("/keys")
          ? { keys: [] }
          : { issuer: origin, jwks_uri: `${origin}/keys` },
      );
    },
  ));
  const client = { id: "flatbed-test", secret: "made-up-client-secret" };
  const issuer = `http://127.0.0.1:${provider.addr.port}`;
  const service = stack.use(
    await startServer(
      withArguments("minio", [], {
        MINIO_IDENTITY_OPENID_CONFIG_URL:
          `${issuer}/.well-known/openid-configuration`,
        MINIO_IDENTITY_OPENID_CLIENT_ID: client.id,
        MINIO_IDENTITY_OPENID_CLIENT_SECRET: client.secret,
        MINIO_IDENTITY_OPENID_CLAIM_NAME: "policy",
      }),
      program,
    ),
  );
  const owned = stack.move();
  return {
    ...service,
    async session(seconds) {
      const text = (value: object) =>
        new TextEncoder().encode(JSON.stringify(value)).toBase64({
          alphabet: "base64url",
          omitPadding: true,
        });
      const exp = Math.floor(Date.now() / 1000) + seconds;
      const head = text({ alg: "HS256", typ: "JWT", kid: client.id });
      const claims = { iss: issuer, sub: "user", aud: client.id, exp };
      const signed = `${head}.${text({ ...claims, policy: POLICY })}`;
      const signature = createHmac("sha256", client.secret).update(signed)
        .digest("base64url");
      const ask = async () => {
        const response = await fetch(service.url, {
          method: "POST",
          body: new URLSearchParams({
            Action: "AssumeRoleWithWebIdentity",
            Version: "2011-06-15",
            WebIdentityToken: `${signed}.${signature}`,
          }),
        });
        return await response.text();
      };
      // It answers to S3 before it knows of users.
      let answer = "";
      await waitUntil(
        async () => !(answer = await ask()).includes("NotInitialized"),
        "MinIO gives no sessions",
      );
      const field = (name: string) =>
        new RegExp(`<${name}>([^<]+)</${name}>`).exec(answer)?.[1] ??
          (() => {
            throw new Error(`no ${name} in ${answer}`);
          })();
      return {
        accessKeyId: field("AccessKeyId"),
        secretAccessKey: field("SecretAccessKey"),
        sessionToken: field("SessionToken"),
      };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A service that is started with more than it usually is. */
function withArguments(
  name: string,
  more: readonly string[],
  variables: Record<string, string> = {},
): typeof SERVERS[number] {
  const server = SERVERS.find((one) => one.name === name);
  if (server === undefined) throw new Error(`no service ${name}`);
  return {
    ...server,
    command(port, folder) {
      const { args, env } = server.command(port, folder);
      return { args: [...more, ...args], env: { ...env, ...variables } };
    },
  };
}

/** Where the program of a service is, by its name. */
export async function findProgram(name: string): Promise<string | undefined> {
  return await findServer(withArguments(name, []));
}

/** Asks MinIO's administration something, signed as requests to S3 are. */
async function askMinio(
  { url, credentials }: StartedServer,
  method: "PUT" | "DELETE",
  operation: string,
  parameters: Record<string, string>,
  body = new Uint8Array(),
): Promise<void> {
  const { host } = new URL(url);
  const path = `/minio/admin/v3/${operation}`;
  const query = Object.entries(parameters).map(([name, value]) =>
    `${name}=${encodeURIComponent(value)}`
  ).sort().join("&");
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const sum = createHash("sha256").update(body).digest("hex");
  const names = "host;x-amz-content-sha256;x-amz-date";
  const request = [
    ...[method, path, query, `host:${host}`, `x-amz-content-sha256:${sum}`],
    ...[`x-amz-date:${date}`, "", names, sum],
  ].join("\n");
  const scope = [date.slice(0, 8), "us-east-1", "s3", "aws4_request"];
  const hmac = (key: string | Uint8Array, text: string) =>
    createHmac("sha256", key).update(text).digest();
  const key = scope.reduce<string | Uint8Array>(
    hmac,
    `AWS4${credentials.secretAccessKey}`,
  );
  const signature = createHmac("sha256", key).update(
    [
      ...["AWS4-HMAC-SHA256", date, scope.join("/")],
      createHash("sha256").update(request).digest("hex"),
    ].join("\n"),
  ).digest("hex");
  const response = await fetch(`${url}${path}?${query}`, {
    method,
    body,
    headers: {
      "x-amz-content-sha256": sum,
      "x-amz-date": date,
      authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${
        scope.join("/")
      }, SignedHeaders=${names}, Signature=${signature}`,
    },
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${operation}: ${answer}`);
}

/**
 * Encrypts what MinIO's administration takes in no other way: salt, the id of
 * PBKDF2 with AES-256-GCM, nonce, and one last block of the "sio" stream.
 */
function encrypt(password: string, text: string): Uint8Array<ArrayBuffer> {
  const salt = randomBytes(32);
  const nonce = randomBytes(8);
  const key = pbkdf2Sync(password, salt, 8192, 32, "sha256");
  const seal = (number: number, text: string, more: Uint8Array) => {
    const iv = new Uint8Array([...nonce, number, 0, 0, 0]);
    const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(more);
    const sealed = cipher.update(text);
    cipher.final();
    return [...sealed, ...cipher.getAuthTag()];
  };
  const last = new Uint8Array([0x80, ...seal(0, "", new Uint8Array())]);
  return new Uint8Array([...salt, 2, ...nonce, ...seal(1, text, last)]);
}
