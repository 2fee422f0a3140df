/** The hours of one trading day, as instants. */
export interface TradingSession {
  /** The instant at which trading begins. */
  open: Date;
  /** The instant at which trading ends: the first at which there is none. */
  close: Date;
}
