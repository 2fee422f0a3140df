import { useEffect, useState } from "preact/hooks";
import { ApiError, connection, getJson } from "../../api.ts";
import { useStore } from "../../store.ts";

/** What the server has answered, or is to answer. */
export interface Answer<T> {
  /** The last answer to the same question; while another is asked, `undefined`. */
  value: T | undefined;
  /** Why there is none. */
  error: ApiError | undefined;
  isLoading: boolean;
}

/**
 * Asks the server, again whenever the question changes; an older question is given up.
 *
 * @param path The address; `undefined` asks nothing.
 * @param version Asks again when it changes, and shows the last answer meanwhile.
 */
export function useAnswer<T>(
  path: string | undefined,
  version: unknown = "",
): Answer<T> {
  const [known, setKnown] = useState<
    { path: string | undefined; value?: T; error?: ApiError }
  >({ path: undefined });
  const stands = useStore(connection);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    // The server is back: what it could not answer is asked again.
    if (stands === "connected" && known.error?.status === 0) {
      setTries((tries) => tries + 1);
    }
  }, [stands]);
  useEffect(() => {
    if (path === undefined) return;
    const left = new AbortController();
    getJson<T>(path, { signal: left.signal }).then(
      (value) => setKnown({ path, value }),
      (error) => {
        if (!left.signal.aborted) setKnown({ path, error: asApiError(error) });
      },
    );
    return () => left.abort();
  }, [path, version, tries]);
  const isKnown = known.path === path && path !== undefined;
  return {
    value: isKnown ? known.value : undefined,
    error: isKnown ? known.error : undefined,
    isLoading: path !== undefined && !isKnown,
  };
}

function asApiError(error: unknown): ApiError {
  return error instanceof ApiError
    ? error
    : new ApiError("failed", String(error), 0);
}

/** An address of the API with its query. */
export function apiPath(
  path: string,
  query: Readonly<Record<string, string | readonly string[] | undefined>>,
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of [value ?? []].flat()) search.append(name, each);
  }
  return `${path}?${search}`;
}
