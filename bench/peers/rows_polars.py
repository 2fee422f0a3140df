"""Writes the rows of some tickers to a CSV file, with Polars.

    rows_polars.py OUTPUT TICKER[,TICKER...] FILE...
"""

import sys

import polars as pl

output, tickers, *files = sys.argv[1:]
rows = pl.scan_csv(files, infer_schema_length=10_000)
rows.filter(pl.col("ticker").is_in(tickers.split(","))).sink_csv(output)
