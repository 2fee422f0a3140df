"""Makes Parquet of files of minutes, sorted by ticker and time, with Polars.

    parquet_polars.py FOLDER FILE...
"""

import os
import sys

import polars as pl

folder, *files = sys.argv[1:]
for path in files:
    name = os.path.basename(path).replace(".csv.gz", ".parquet")
    pl.read_csv(
        path, schema_overrides={"ticker": pl.String, "volume": pl.Float64}
    ).with_columns(pl.from_epoch("window_start", time_unit="ns")).sort(
        "ticker", "window_start"
    ).write_parquet(f"{folder}/{name}", compression="zstd", row_group_size=122_880)
