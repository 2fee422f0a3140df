import { Instant } from "./instant.ts";
import { ZoneOffsets } from "./zone_offsets.ts";

const DAY = 86_400;
const NANOS = 1_000_000_000n;
const INTEGER = /^-?\d{1,19}$/;

function pad(value: number, width = 2): string {
  return String(value).padStart(width, "0");
}

/** Writes times by ISO 8601, with all nine digits of the second. */
export class TimeText {
  readonly #offsets: ZoneOffsets | undefined;
  readonly #instant = new Instant();
  readonly #decoder = new TextDecoder();
  #day = NaN;
  #date = "";

  /**
   * Writes them in UTC, or on the clock of a zone.
   *
   * @throws {RangeError} If there is no such zone.
   */
  constructor(zone?: string) {
    this.#offsets = zone === undefined ? undefined : new ZoneOffsets(zone);
  }

  /**
   * The time between two places; nothing for 0, which stands for none. Nonsense is written
   * as the time that it is; what is no integer of 64 bits is `undefined`.
   */
  format(bytes: Uint8Array, start: number, end: number): string | undefined {
    const instant = this.#instant;
    if (instant.read(bytes, start, end)) {
      return this.#text(instant.seconds, instant.nanos);
    }
    const text = this.#decoder.decode(bytes.subarray(start, end));
    if (text === "0") return "";
    if (!INTEGER.test(text)) return undefined;
    const value = BigInt(text);
    if (BigInt.asIntN(64, value) !== value) return undefined;
    const nanos = ((value % NANOS) + NANOS) % NANOS;
    return this.#text(Number((value - nanos) / NANOS), Number(nanos));
  }

  #text(seconds: number, nanos: number): string {
    const offset = this.#offsets?.at(seconds) ?? 0;
    const local = seconds + offset;
    const day = Math.floor(local / DAY);
    if (day !== this.#day) {
      this.#day = day;
      this.#date = new Date(day * DAY * 1000).toISOString().slice(0, 10);
    }
    const time = local - day * DAY;
    const zone = this.#offsets === undefined ? "Z" : offsetText(offset);
    return `${this.#date}T${pad(Math.floor(time / 3600))}:${
      pad(Math.floor(time / 60) % 60)
    }:${pad(time % 60)}.${pad(nanos, 9)}${zone}`;
  }
}

/** `-04:00`; with seconds where clocks were not yet set by zones. */
function offsetText(offset: number): string {
  const size = Math.abs(offset);
  const seconds = size % 60 === 0 ? "" : `:${pad(size % 60)}`;
  return `${offset < 0 ? "-" : "+"}${pad(Math.floor(size / 3600))}:${
    pad(Math.floor(size / 60) % 60)
  }${seconds}`;
}
