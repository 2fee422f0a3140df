"""Reads a gateway with a Python package: package, URL, key ID, secret, folder, CSV and Parquet keys."""

import pathlib
import sys

package, url, key_id, secret, folder, csv, parquet = sys.argv[1:]
raw = pathlib.Path(folder, csv).read_bytes()
rows = raw and __import__("gzip").decompress(raw).count(b"\n") - 1
host = url.split("//")[1]

if package == "boto3":
    import urllib.request

    import boto3
    from botocore.config import Config

    s3 = boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        region_name="us-east-1",
        config=Config(signature_version="s3v4", retries={"max_attempts": 1}),
    )
    got = s3.get_object(Bucket="flatfiles", Key=csv)
    assert got["Body"].read() == raw
    tail = s3.get_object(Bucket="flatfiles", Key=csv, Range="bytes=-9")
    assert tail["Body"].read() == raw[-9:]
    for name in ["list_objects", "list_objects_v2"]:
        pages = s3.get_paginator(name).paginate(
            Bucket="flatfiles", PaginationConfig={"PageSize": 2}
        )
        keys = [entry["Key"] for page in pages for entry in page["Contents"]]
        assert csv in keys and parquet in keys and keys == sorted(set(keys)), keys
    presigned = s3.generate_presigned_url(
        "get_object", {"Bucket": "flatfiles", "Key": csv}
    )
    assert urllib.request.urlopen(presigned).read() == raw
    try:
        s3.put_object(Bucket="flatfiles", Key="x", Body=b"x")
        raise AssertionError("was written")
    except s3.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied", error
elif package == "polars":
    import polars

    options = {
        "aws_access_key_id": key_id,
        "aws_secret_access_key": secret,
        "aws_endpoint_url": url,
        "aws_region": "us-east-1",
        "aws_allow_http": "true",
    }
    scans = [
        polars.scan_parquet(f"s3://flatfiles/{parquet}", storage_options=options),
        polars.scan_csv(f"s3://flatfiles/{csv}", storage_options=options),
    ]
    for scan in scans:
        assert scan.collect().height == rows
elif package == "pyarrow":
    from pyarrow import dataset, fs

    gateway = fs.S3FileSystem(
        access_key=key_id,
        secret_key=secret,
        endpoint_override=host,
        scheme="http",
        region="us-east-1",
    )
    assert dataset.dataset(f"flatfiles/{parquet}", filesystem=gateway).count_rows() == rows
    stream = gateway.open_input_stream(f"flatfiles/{csv}", compression=None)
    assert stream.read() == raw
elif package == "duckdb":
    import duckdb

    connection = duckdb.connect()
    connection.execute("LOAD httpfs")
    connection.execute(
        f"""CREATE SECRET (TYPE s3, KEY_ID '{key_id}', SECRET '{secret}',
        REGION 'us-east-1', ENDPOINT '{host}', URL_STYLE 'path', USE_SSL false)"""
    )
    for name in [parquet, csv]:
        (count,) = connection.execute(f"SELECT count(*) FROM 's3://flatfiles/{name}'").fetchone()
        assert count == rows
