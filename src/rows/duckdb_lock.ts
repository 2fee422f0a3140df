/**
 * A lock for DuckDB's package: without one, Deno would take native code that nothing vouches
 * for, and on Linux that for glibc as well as that for musl.
 */

/** Which version is taken; `deno.json` has the same. */
const VERSION = "1.5.6-r.1";

/** The packages with their hashes, as `deno.lock` has them. */
const INTEGRITIES: Readonly<Record<string, string>> = {
  "@duckdb/node-api@1.5.6-r.1":
    "sha512-yIPol6P4EQmsAUsb27donJf7iADrM31Ei/WkvhkZpSscjhEErYsuF19lsJ/qz5mUWxsKFQpLdjvrlhPQnMTBqw==",
  "@duckdb/node-bindings-darwin-arm64@1.5.6-r.1":
    "sha512-KFT/J/pyouuAD1jftAIfcWVRdorg+c/yVR/BJL8LJKrST+mYC4d7QSuQ+iXSYbFpHENUAeZUagXrMPtZT8Xzsg==",
  "@duckdb/node-bindings-darwin-x64@1.5.6-r.1":
    "sha512-tVwUZNvdQoaPJhrh3q2e6jxm1MhahNHJQK/pvCyco46NX0mEuGzlw9i0n2MArgsyzccdCwScOK9ctbyr+3oMbQ==",
  "@duckdb/node-bindings-linux-arm64-musl@1.5.6-r.1":
    "sha512-j6dcNLWnFvlQyKMtl36HyeDsOaetXFoj0dH21Q9MbLjABNuJs5ekDV6zMSEda/g5+z1Tm6r2KFOS8j3tGUCRiw==",
  "@duckdb/node-bindings-linux-arm64@1.5.6-r.1":
    "sha512-3jnUaDil1BrF/6vAZwVaInJ1xoBaWGHB4PDiUnzJWKCo8a8TLx9j7/gPyPl/UGRBftrYIuTihRZSfF4mWMgtWA==",
  "@duckdb/node-bindings-linux-x64-musl@1.5.6-r.1":
    "sha512-PVzIEZqp7QN07WBgjmIH0cK2GKXR735KmL6wnghTzRnhHWrePxx3MjZB9zZHI8tB73wdF8luarBm4EgqSjGyVA==",
  "@duckdb/node-bindings-linux-x64@1.5.6-r.1":
    "sha512-IXcrZJE6kEqM0Z4wwdVnGBHX/frOS33VPNAwDXQ/Q+Fs84b058Qe94chrCCIcNJlG8Y3UHIUU4eBeCQxW5mN1Q==",
  "@duckdb/node-bindings-win32-arm64@1.5.6-r.1":
    "sha512-nzNTZx9rus5QpuX+KH6UOPNeZp8yF25TxV6DiUly4RKgR5mu6xo8c7a7lS80AqxTJfJ9BwUIiqlCuYKWztRM5A==",
  "@duckdb/node-bindings-win32-x64@1.5.6-r.1":
    "sha512-5Rpn5WXEG5gY/u7Keh+c4kuwG/LiE31pCP9CoCohv+u0aFensk/yRIQVW/CXuIoITky9xFhdRzaWUtAnGTYxJQ==",
  "@duckdb/node-bindings@1.5.6-r.1":
    "sha512-/pWlTyvKC1d16iSMJCBAPwlmzoeXRs5Y9cqG+TpKd/YAW6Ke05FJg099v/Im2bkS9BgznNyNcAK1NxA1eQhSUw==",
  "detect-libc@2.1.2":
    "sha512-Btj2BOOO83o3WyH59e8MgXsxEQVcarkUOpEYrubB0urwnN10yQ364rsiByU11nZlqWYZm05i/of7io4mzihBtQ==",
};

const DETECT_LIBC = "detect-libc";
const API = "@duckdb/node-api";
const BINDINGS = "@duckdb/node-bindings";

/** The kind of machine that Deno was built for. */
export type Platform = Pick<typeof Deno.build, "os" | "arch" | "target">;

const OS: Readonly<Record<string, string>> = { windows: "win32" };
const ARCH: Readonly<Record<string, string>> = {
  x86_64: "x64",
  aarch64: "arm64",
};

/**
 * The text of a lock that has DuckDB for one kind of machine, and nothing else.
 *
 * @returns The text; `undefined` where there is none for such a machine.
 */
export function duckdbLock({ os, arch, target }: Platform): string | undefined {
  const libc = target.endsWith("-musl") ? "-musl" : "";
  const native = `${BINDINGS}-${OS[os] ?? os}-${ARCH[arch] ?? arch}${libc}`;
  const dependencies: Readonly<Record<string, object>> = {
    [API]: { dependencies: [BINDINGS] },
    [BINDINGS]: {
      dependencies: [DETECT_LIBC],
      optionalDependencies: [native],
    },
    [native]: {},
    [DETECT_LIBC]: {},
  };
  const npm = Object.entries(INTEGRITIES).flatMap(([id, integrity]) => {
    const own = dependencies[id.slice(0, id.lastIndexOf("@"))];
    return own === undefined ? [] : [[id, { integrity, ...own }] as const];
  });
  if (npm.length < Object.keys(dependencies).length) return undefined;
  return JSON.stringify({
    version: "5",
    specifiers: { [`npm:${API}@${VERSION}`]: VERSION },
    npm: Object.fromEntries(npm),
  });
}
