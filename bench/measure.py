"""Runs a program and tells what the whole process cost.

    python3 measure.py RESULT OUTPUT [--first-byte] PROGRAM [ARGUMENT...]

RESULT gets one line of JSON: wall seconds, CPU seconds in user and system mode and the
peak of the resident memory in kB, of the process and of those that it waited for, and
its exit code. OUTPUT gets what it printed. With --first-byte its output goes through a
pipe, and the seconds until the first byte are told as well.
"""

import json
import os
import signal
import subprocess
import sys
import time


def main() -> None:
    result, output, *argv = sys.argv[1:]
    watches = argv[0] == "--first-byte"
    if watches:
        argv = argv[1:]
    first = None
    with open(output, "wb") as printed:
        started = time.perf_counter()
        # A group of its own: whoever ends the measurement ends all of it.
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if watches else printed,
            start_new_session=True,
        )

        def stop(*_: object) -> None:
            os.killpg(child.pid, signal.SIGKILL)

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        if watches:
            while data := os.read(child.stdout.fileno(), 1 << 20):
                if first is None:
                    first = time.perf_counter() - started
                printed.write(data)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
    with open(result, "w") as file:
        json.dump(
            {
                "wall": wall,
                "user": usage.ru_utime,
                "sys": usage.ru_stime,
                "maxrss": usage.ru_maxrss,
                "first": first,
                "code": os.waitstatus_to_exitcode(status),
            },
            file,
        )


main()
