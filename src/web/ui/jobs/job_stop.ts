/** Why a job was stopped, though nothing was wrong. */
export class JobStop extends Error {
  override name = "JobStop";

  /**
   * Makes the reason.
   *
   * @param then How the job is afterwards.
   * @param message Why, for whoever looks on.
   */
  constructor(readonly then: "paused" | "cancelled", message: string) {
    super(message);
  }
}
