/** What a downloader has done since it was made, or since the last reset. */
export interface DownloadStatistics {
  /** Objects whose download has ended, well or not. */
  totalDownloads: number;
  /** Objects that arrived whole. */
  successfulDownloads: number;
  /** Objects that did not, also because they were aborted. */
  failedDownloads: number;
  /** Requests that were made again, and bodies that were taken up again. */
  totalRetries: number;
  /** Successful downloads among all, from 0 to 1; 0 where there are none. */
  successRate: number;
}

/** Counts downloads, per object. */
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

  /** The figures so far. */
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

  /** Starts again from zero. */
  reset(): void {
    this.#successful = this.#failed = this.#retries = 0;
  }
}
