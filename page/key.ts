/** Where the key is kept: for this server alone, unlike a cookie, which all ports of a host get. */
const NAME = "flatbed-key";

let own = "";

const [, given] = /^#key=([\da-f]+)$/.exec(location.hash) ?? [];
if (given !== undefined) {
  own = given;
  try {
    localStorage.setItem(NAME, given);
  } catch {
    // Nothing is kept in this browser: only this tab has it.
  }
  history.replaceState(null, "", location.pathname);
}

/** What has to come along with what changes something; the server gives it with the cookie. */
export function postKey(): string {
  try {
    return localStorage.getItem(NAME) ?? own;
  } catch {
    return own;
  }
}
