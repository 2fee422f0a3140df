/** What a service's code says of the credentials. */
const CREDENTIAL_CODES = {
  InvalidAccessKeyId: "the service does not know the access key id",
  // versitygw's name for it, which comes with status 404.
  XAdminUserNotFound: "the service does not know the access key id",
  SignatureDoesNotMatch:
    "the signature does not match: the secret access key is not the one that belongs to the access key id",
  ExpiredToken: "the session token has expired",
  InvalidToken: "the session token is not valid",
  TokenRefreshRequired: "the session token must be renewed",
  AuthorizationHeaderMalformed: "the service did not accept the signature",
  InvalidSecurity: "the credentials are not valid",
} as const;

/** Codes of a service that is throttling or in trouble, whatever the status they come with. */
const OUTAGE_CODES = [
  "SlowDown",
  "InternalError",
  "ServiceUnavailable",
] as const;

/** Further codes that are told apart. */
const OTHER_CODES = [
  "AccessDenied",
  "BadDigest",
  "InvalidObjectState",
  "NoSuchBucket",
  "NoSuchKey",
  "NoSuchUpload",
  "RequestTimeTooSkewed",
  "RequestTimeout",
  "XAmzContentSHA256Mismatch",
] as const;

/** A code that something depends on; others are only shown. */
export type KnownCode =
  | keyof typeof CREDENTIAL_CODES
  | typeof OUTAGE_CODES[number]
  | typeof OTHER_CODES[number];

const KNOWN_CODES: ReadonlySet<unknown> = new Set<KnownCode>([
  ...Object.keys(CREDENTIAL_CODES) as (keyof typeof CREDENTIAL_CODES)[],
  ...OUTAGE_CODES,
  ...OTHER_CODES,
]);

/** Whether something depends on a code. */
export function isKnownCode(code: string | undefined): code is KnownCode {
  return KNOWN_CODES.has(code);
}

/** What is wrong with the credentials, where a code says that. */
export function credentialProblem(
  code: KnownCode | undefined,
): string | undefined {
  const problems: Partial<Record<KnownCode, string>> = CREDENTIAL_CODES;
  return code === undefined ? undefined : problems[code];
}

/** Whether a code says that the service is throttling or in trouble. */
export function isOutageCode(code: string | undefined): boolean {
  const codes: readonly (string | undefined)[] = OUTAGE_CODES;
  return codes.includes(code);
}

/** Whether a status says that the service is throttling or in trouble. */
export function isOutageStatus(status: number | undefined): boolean {
  return [429, 500, 502, 503, 504].includes(status ?? 0);
}
