"""Makes Parquet of files of minutes, sorted by ticker and time, with DuckDB.

    parquet_duckdb.py FOLDER FILE...
"""

import os
import sys

import duckdb

COLUMNS = {
    "ticker": "VARCHAR",
    "volume": "DOUBLE",
    "open": "DOUBLE",
    "close": "DOUBLE",
    "high": "DOUBLE",
    "low": "DOUBLE",
    "window_start": "BIGINT",
    "transactions": "BIGINT",
}

folder, *files = sys.argv[1:]
for path in files:
    name = os.path.basename(path).replace(".csv.gz", ".parquet")
    duckdb.sql(
        f"""COPY (
          SELECT * REPLACE (make_timestamp_ns(window_start) AS window_start)
          FROM read_csv('{path}', header = true, columns = {COLUMNS})
          ORDER BY ticker, window_start
        ) TO '{folder}/{name}'
        (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"""
    )
