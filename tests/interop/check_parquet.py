"""Compares Parquet files with the CSV files that they were made of.

Standard input is a list of [data type, date, CSV file, Parquet file] as JSON. Each Parquet
file is read by pyarrow, DuckDB, Polars and pandas, and its rows are compared with the text
of the CSV file: integers and times to the digit, prices to the same double, texts as they
are. It prints a line for each file.
"""

import csv
import gzip
import json
import sys
from collections import Counter

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

TIME_COLUMNS = ["window_start", "sip_timestamp", "timestamp", "participant_timestamp"]


def readers(path):
    """The file as a table of Arrow, by each of the libraries."""
    yield "pyarrow", pq.read_table(path)
    result = duckdb.connect().sql(f"SELECT * FROM read_parquet('{path}')").arrow()
    yield "duckdb", result if isinstance(result, pa.Table) else result.read_all()
    yield "polars", pl.read_parquet(path).to_arrow()
    frame = pd.read_parquet(path, dtype_backend="pyarrow")
    yield "pandas", pa.Table.from_pandas(frame, preserve_index=False)


def values(column):
    """The values of a column as Python has them; times as nanoseconds."""
    if pa.types.is_timestamp(column.type):
        assert column.type.unit == "ns", column.type
        column = column.cast(pa.int64())
    elif pa.types.is_date(column.type):
        column = column.cast(pa.date32())
        return [value and value.isoformat() for value in column.to_pylist()]
    return column.to_pylist()


def parse(text, kind):
    """The value that a text stands for."""
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return text
    if text == "":
        return None
    if pa.types.is_timestamp(kind) or pa.types.is_integer(kind):
        return int(text)
    return float(text) if pa.types.is_floating(kind) else text


def key_of(data_type, row, names):
    """What rows are sorted by."""
    ticker = row[names.index("ticker")]
    time = next(name for name in TIME_COLUMNS if name in names)
    root = ticker[2:-15] if data_type.startswith("options_") else ""
    return (root.encode(), ticker.encode(), row[names.index(time)] or 0)


for data_type, date, csv_path, parquet_path in json.load(sys.stdin):
    with gzip.open(csv_path, "rt", newline="", encoding="utf-8") as file:
        header, *lines = csv.reader(file)
    types = {field.name: field.type for field in pq.read_schema(parquet_path)}
    names = list(types)
    assert set(header) <= set(names), (header, names)
    expected = Counter()
    for line in lines:
        fields = dict(zip(header, line))
        expected[
            tuple(
                date
                if name == "date"
                else parse(fields[name], types[name])
                if name in fields
                else None
                for name in names
            )
        ] += 1
    for reader, table in readers(parquet_path):
        assert table.column_names == names, (reader, table.column_names)
        rows = list(zip(*(values(column) for column in table.columns)))
        assert Counter(rows) == expected, (reader, parquet_path)
        keys = [key_of(data_type, row, names) for row in rows]
        assert keys == sorted(keys), (reader, parquet_path)
    kinds = " ".join(f"{name}:{kind}" for name, kind in types.items())
    print(f"{data_type} {len(lines)} {kinds}")
