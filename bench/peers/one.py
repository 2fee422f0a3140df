"""Downloads one object into the memory, as it is stored.

    one.py URL KEY
"""

import json
import sys
import time

import boto3
from botocore.config import Config

url, key = sys.argv[1:]
started = time.perf_counter()
client = boto3.client(
    "s3", endpoint_url=url, config=Config(s3={"addressing_style": "path"})
)
data = client.get_object(Bucket="flatfiles", Key=key)["Body"].read()
seconds = time.perf_counter() - started
print(json.dumps({"seconds": seconds, "bytes": len(data)}))
