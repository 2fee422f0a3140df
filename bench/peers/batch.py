"""Downloads the objects of a file of keys into the memory, decompressed, many at once.

    batch.py URL KEYS MAX_CONCURRENT

Written as the system that Flatbed re-creates does it: one client, a semaphore, gather.
"""

import asyncio
import gzip
import json
import sys
import time

import aioboto3
from botocore.config import Config

CONFIG = Config(
    max_pool_connections=50,
    retries={"max_attempts": 5, "mode": "adaptive"},
    s3={"addressing_style": "path"},
)


async def main() -> None:
    url, file, at_once = sys.argv[1:]
    with open(file) as source:
        keys = json.load(source)
    started = time.perf_counter()
    semaphore = asyncio.Semaphore(int(at_once))
    session = aioboto3.Session()
    async with session.client("s3", endpoint_url=url, config=CONFIG) as client:

        async def download(key: str) -> bytes:
            async with semaphore:
                response = await client.get_object(Bucket="flatfiles", Key=key)
                async with response["Body"] as body:
                    data = await body.read()
                return gzip.decompress(data)

        bodies = await asyncio.gather(*(download(key) for key in keys))
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "bytes": sum(map(len, bodies))}))


asyncio.run(main())
