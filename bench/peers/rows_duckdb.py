"""Writes the rows of some tickers to a CSV file, with DuckDB.

    rows_duckdb.py OUTPUT TICKER[,TICKER...] FILE...
"""

import sys

import duckdb

output, tickers, *files = sys.argv[1:]
wanted = ", ".join(f"'{ticker}'" for ticker in tickers.split(","))
duckdb.read_csv(files).filter(f"ticker IN ({wanted})").write_csv(output)
