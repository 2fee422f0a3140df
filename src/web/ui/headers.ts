/** What the page may load and do: its own parts, and nothing from elsewhere. */
const POLICY: Readonly<Record<string, string>> = {
  "default-src": "'none'",
  "script-src": "'self'",
  "style-src": "'self'",
  "img-src": "'self' data:",
  "connect-src": "'self'",
  "form-action": "'none'",
  "frame-ancestors": "'none'",
  "base-uri": "'none'",
  // No script makes markup of a text, by whatever way it came there.
  "require-trusted-types-for": "'script'",
  "trusted-types": "'none'",
};

/** The headers of every answer. */
const HEADERS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};

/**
 * Sets the headers that every answer has: nothing of it is kept, sent on or shown elsewhere.
 *
 * @param response The answer.
 * @param extra What the page may load besides, by the policy's directive.
 * @returns The same answer.
 */
export function secure(
  response: Response,
  extra: Readonly<Record<string, string>> = {},
): Response {
  const { headers } = response;
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  const policy = Object.entries({ ...POLICY, ...extra })
    .map(([directive, sources]) => `${directive} ${sources}`).join("; ");
  headers.set("content-security-policy", policy);
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  return response;
}
