"""Threads and processes by asyncio.

    python3 workers-asyncio.py thread-call|process-call|map-calls COUNT      prints the microseconds of each, a line each
"""

import asyncio
import concurrent.futures
import sys
import time

WARM_UP = 500
MAP_CALLS = 10_000


def nothing(value):
    return value


async def times_of(count, call):
    times = []
    for i in range(-WARM_UP, count):
        began = time.perf_counter_ns()
        await call(i)
        if i >= 0:
            times.append((time.perf_counter_ns() - began) / 1000)
    return times


async def thread_call(count):
    return await times_of(count, lambda i: asyncio.to_thread(nothing, i))


async def process_call(count):
    loop = asyncio.get_running_loop()
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        return await times_of(count, lambda i: loop.run_in_executor(pool, nothing, i))


async def map_calls(count):
    loop = asyncio.get_running_loop()
    times = []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for i in range(-2, count):
            began = time.perf_counter_ns()
            await asyncio.gather(*(loop.run_in_executor(pool, nothing, item) for item in range(MAP_CALLS)))
            if i >= 0:
                times.append((time.perf_counter_ns() - began) / 1000 / MAP_CALLS)
    return times


if __name__ == "__main__":
    name, count = sys.argv[1:]
    benchmarks = {"thread-call": thread_call, "process-call": process_call, "map-calls": map_calls}
    print("\n".join(map(str, asyncio.run(benchmarks[name](int(count))))))
