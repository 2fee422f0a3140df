/** The codes of refused credentials, and what they say. */
const CREDENTIAL_CODES = {
  InvalidAccessKeyId: "the service does not know the access key id",
  // versitygw's name for it, which comes with status 404.
  XAdminUserNotFound: "the service does not know the access key id",
  SignatureDoesNotMatch:
    "the signature does not match: the secret access key is not the one that belongs to the access key id",
  ExpiredToken: "the session token has expired",
  InvalidToken: "the session token is not valid",
  // MinIO's name for it.
  InvalidTokenId: "the session token is not valid",
  TokenRefreshRequired: "the session token must be renewed",
  AuthorizationHeaderMalformed: "the service did not accept the signature",
  InvalidSecurity: "the credentials are not valid",
} as const;

/** The codes of throttling and of outages, whatever their status. */
const OUTAGE_CODES = [
  "SlowDown",
  "InternalError",
  "ServiceUnavailable",
] as const;

/** Further codes that are handled. */
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

/** A code that is handled; others are only shown. */
export type KnownCode =
  | keyof typeof CREDENTIAL_CODES
  | typeof OUTAGE_CODES[number]
  | typeof OTHER_CODES[number];

const KNOWN_CODES: ReadonlySet<unknown> = new Set<KnownCode>([
  ...Object.keys(CREDENTIAL_CODES) as (keyof typeof CREDENTIAL_CODES)[],
  ...OUTAGE_CODES,
  ...OTHER_CODES,
]);

/** Whether a code is handled. */
export function isKnownCode(code: string | undefined): code is KnownCode {
  return KNOWN_CODES.has(code);
}

/** What a code says of the credentials, if anything. */
export function credentialProblem(
  code: KnownCode | undefined,
): string | undefined {
  const problems: Partial<Record<KnownCode, string>> = CREDENTIAL_CODES;
  return code === undefined ? undefined : problems[code];
}

/** Whether a code reports throttling or an outage. */
export function isOutageCode(code: string | undefined): boolean {
  const codes: readonly (string | undefined)[] = OUTAGE_CODES;
  return codes.includes(code);
}

/** Whether a status reports throttling or an outage. */
export function isOutageStatus(status: number | undefined): boolean {
  return [429, 500, 502, 503, 504].includes(status ?? 0);
}
