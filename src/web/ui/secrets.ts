import { timingSafeEqual } from "node:crypto";

/** How long a ticket is good, in milliseconds: a browser may have to be started first. */
const TICKET_AGE = 120_000;

/** What a server knows, and a stranger cannot: made anew by each, of 256 bits. */
export class Secrets {
  /** A name among servers, no secret: cookies are shared by all ports of a host. */
  readonly serverId: string = random(6);
  /** Stands in the address that is printed. */
  readonly address: string = random(32);
  /** What is good once, until when, and whether it was used. */
  readonly #tickets = new Map<string, { until: number; isUsed: boolean }>();
  #cookie = random(32);
  #post = random(32);

  /** The value of the cookie. */
  get cookie(): string {
    return this.#cookie;
  }

  /** Comes along with each `POST`. */
  get post(): string {
    return this.#post;
  }

  /** Makes what is as good as {@linkcode Secrets.address}, once and soon. */
  makeTicket(): string {
    const ticket = random(32);
    const until = performance.now() + TICKET_AGE;
    this.#tickets.set(ticket, { until, isUsed: false });
    return ticket;
  }

  /**
   * Uses a ticket up. One that comes twice was seen by somebody else, who may have been the
   * first: what the first one got is good no more.
   *
   * @param given What somebody sent.
   * @returns Whether it is good, or was used; `undefined` if it is no ticket, or an old one.
   */
  takeTicket(given: string): "good" | "used" | undefined {
    for (const [ticket, state] of this.#tickets) {
      if (!isSecret(given, ticket)) continue;
      if (performance.now() >= state.until) return undefined;
      if (state.isUsed) {
        this.#tickets.delete(ticket); // it ends others once
        [this.#cookie, this.#post] = [random(32), random(32)];
        return "used";
      }
      state.isUsed = true;
      return "good";
    }
    return undefined;
  }
}

/**
 * Compares a text with a secret, in a time that tells nothing of the secret.
 *
 * @param given What somebody sent.
 * @param secret The secret.
 */
export function isSecret(given: string | null, secret: string): boolean {
  const encoder = new TextEncoder();
  const [one, other] = [encoder.encode(given ?? ""), encoder.encode(secret)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function random(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toHex();
}
