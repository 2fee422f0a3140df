import { readVariable } from "./read_variable.ts";

/** The variables that name a company's certificates for other programs. */
const VARIABLES = ["SSL_CERT_FILE", "AWS_CA_BUNDLE"] as const;

/** A certificate in a PEM file. */
const CERTIFICATE =
  /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** A file of certificates, and the variable that names it. */
export interface CertificateFile {
  variable: string;
  path: string;
  /** The certificates, as PEM. */
  certificates: string[];
  /** Why no certificate was read. */
  problem?: string;
}

/**
 * The files that `SSL_CERT_FILE` and `AWS_CA_BUNDLE` name, where the environment may be
 * read. Never throws and never prompts for a permission: most machines need none of them.
 */
export function readCertificates(): CertificateFile[] {
  const files: CertificateFile[] = [];
  for (const variable of VARIABLES) {
    const path = readVariable(variable);
    if (!path || files.some((file) => file.path === path)) continue;
    files.push({ variable, path, ...readPem(path) });
  }
  return files;
}

function readPem(
  path: string,
): Pick<CertificateFile, "certificates" | "problem"> {
  const refuse = (problem: string) => ({ certificates: [], problem });
  const { state } = Deno.permissions.querySync({ name: "read", path });
  if (state !== "granted") return refuse("--allow-read does not include it");
  try {
    const certificates = Deno.readTextFileSync(path).match(CERTIFICATE);
    return certificates === null
      ? refuse("it holds no certificate as PEM")
      : { certificates };
  } catch {
    return refuse("it cannot be read");
  }
}
