/** What a downloader has done since it was created, or since the last reset. */
export interface DownloadStatistics {
  /** Downloads that have ended. */
  totalDownloads: number;
  /** Downloads that succeeded. */
  successfulDownloads: number;
  /** Downloads that failed or were aborted. */
  failedDownloads: number;
  /** Requests that were repeated, and downloads that were resumed. */
  totalRetries: number;
  /** The ratio of successful downloads, from 0 to 1; 0 if there are none. */
  successRate: number;
}

/** Counts downloads and retries. */
export class StatisticsCounter {
  #successful = 0;
  #failed = 0;
  #retries = 0;

  /** Counts one download by its outcome. */
  count(isSuccess: boolean): void {
    if (isSuccess) this.#successful++;
    else this.#failed++;
  }

  /** Counts a retry. */
  readonly countRetry = (): void => {
    this.#retries++;
  };

  /** The counts so far. */
  get(): DownloadStatistics {
    const total = this.#successful + this.#failed;
    return {
      totalDownloads: total,
      successfulDownloads: this.#successful,
      failedDownloads: this.#failed,
      totalRetries: this.#retries,
      successRate: total === 0 ? 0 : this.#successful / total,
    };
  }

  /** Resets the counts to zero. */
  reset(): void {
    this.#successful = this.#failed = this.#retries = 0;
  }
}
