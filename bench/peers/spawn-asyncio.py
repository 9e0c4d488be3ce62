"""Starts /bin/true COUNT times with asyncio; prints the microseconds of each."""

import asyncio
import sys
import time


async def main(count: int) -> None:
    times = []
    for i in range(-20, count):
        began = time.perf_counter_ns()
        process = await asyncio.create_subprocess_exec("/bin/true")
        await process.wait()
        if i >= 0:
            times.append((time.perf_counter_ns() - began) / 1000)
    print("\n".join(map(str, times)))


asyncio.run(main(int(sys.argv[1])))
