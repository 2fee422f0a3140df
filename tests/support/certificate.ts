/**
 * Certificates for tests: an authority's own and one that it signs, made anew each time.
 *
 * @module
 */

/** An authority, and a server's certificate that it has signed; all as PEM. */
export interface TestCertificates {
  authority: string;
  certificate: string;
  key: string;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const ECDSA_WITH_SHA256 = sequence(objectId("2a8648ce3d040302"));
const DAY = 86_400_000;

/** Makes them for a host's name, valid from yesterday to tomorrow, or until a date. */
export async function makeCertificates(
  host: string,
  until: Date = new Date(Date.now() + DAY),
): Promise<TestCertificates> {
  const authority = await makeKeys();
  const server = await makeKeys();
  const issuer = name("Test authority");
  const from = new Date(Math.min(Date.now(), until.getTime()) - DAY);
  const basicConstraints = (isAuthority: boolean) =>
    sequence(
      objectId("551d13"),
      tag(0x01, [0xff]),
      octets(sequence(...(isAuthority ? [tag(0x01, [0xff])] : []))),
    );
  const names = sequence(
    objectId("551d11"),
    octets(sequence(tag(0x82, encode(host)))),
  );
  const sign = async (
    subject: Uint8Array,
    of: Keys,
    extensions: Uint8Array[],
  ) => {
    const body = sequence(
      tag(0xa0, integer(2)),
      integer(1 + Math.floor(Math.random() * 100)),
      ECDSA_WITH_SHA256,
      issuer,
      sequence(time(from), time(until)),
      subject,
      of.publicKey,
      tag(0xa3, sequence(...extensions)),
    );
    const signature = new Uint8Array(
      await crypto.subtle.sign(
        { name: "ECDSA", hash: "SHA-256" },
        authority.privateKey,
        body,
      ),
    );
    const half = signature.length / 2;
    const asDer = sequence(
      unsigned(signature.subarray(0, half)),
      unsigned(signature.subarray(half)),
    );
    return toPem(
      "CERTIFICATE",
      sequence(body, ECDSA_WITH_SHA256, tag(0x03, [0, ...asDer])),
    );
  };
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", server.privateKey);
  return {
    authority: await sign(issuer, authority, [basicConstraints(true)]),
    certificate: await sign(name(host), server, [
      basicConstraints(false),
      names,
    ]),
    key: toPem("PRIVATE KEY", new Uint8Array(pkcs8)),
  };
}

interface Keys {
  privateKey: CryptoKey;
  /** As in a certificate. */
  publicKey: Uint8Array;
}

async function makeKeys(): Promise<Keys> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(
    ALGORITHM,
    true,
    ["sign", "verify"],
  );
  const spki = await crypto.subtle.exportKey("spki", publicKey);
  return { privateKey, publicKey: new Uint8Array(spki) };
}

/** A value of DER with its tag and length. */
function tag(
  type: number,
  content: Iterable<number>,
): Uint8Array<ArrayBuffer> {
  const bytes = [...content];
  const { length } = bytes;
  const size = length < 0x80
    ? [length]
    : length < 0x100
    ? [0x81, length]
    : [0x82, length >> 8, length & 0xff];
  return new Uint8Array([type, ...size, ...bytes]);
}

function sequence(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return tag(0x30, parts.flatMap((part) => [...part]));
}

function octets(content: Uint8Array): Uint8Array {
  return tag(0x04, content);
}

function integer(value: number): Uint8Array {
  return tag(0x02, [value]);
}

/** A large integer without a sign, as short as it can be. */
function unsigned(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  const [first = 0] = bytes.subarray(start);
  return tag(0x02, [...(first >= 0x80 ? [0] : []), ...bytes.subarray(start)]);
}

function objectId(hex: string): Uint8Array {
  return tag(0x06, Uint8Array.fromHex(hex));
}

function name(commonName: string): Uint8Array {
  const attribute = sequence(objectId("550403"), tag(0x0c, encode(commonName)));
  return sequence(tag(0x31, attribute));
}

function time(date: Date): Uint8Array {
  const digits = date.toISOString().replaceAll(/\D/g, "");
  return tag(0x17, encode(`${digits.slice(2, 14)}Z`));
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function toPem(label: string, bytes: Uint8Array): string {
  const lines = bytes.toBase64().match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""]
    .join("\n");
}
