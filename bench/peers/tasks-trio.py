"""Task benchmarks on trio. It has no callbacks to schedule: `call-soon` and the timers are left out.

    python3 tasks-trio.py NAME        prints `NAME ns_per_op`
"""

import sys
import time

name = sys.argv[-1]

before_import = time.process_time_ns()
import trio

import_ns = time.process_time_ns() - before_import


async def nothing():
    pass


async def sleep0(count):
    for _ in range(count):
        await trio.sleep(0)


async def spawn(count):
    for _ in range(count):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(nothing)


async def gather(count):
    for _ in range(0, count, 10_000):
        async with trio.open_nursery() as nursery:
            for _ in range(10_000):
                nursery.start_soon(nothing)


async def queue(count):
    ping_in, ping_out = trio.open_memory_channel(1)
    pong_in, pong_out = trio.open_memory_channel(1)

    async def echo():
        for _ in range(count):
            await pong_in.send(await ping_out.receive())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(echo)
        for i in range(count):
            await ping_in.send(i)
            await pong_out.receive()


async def lock(count):
    shared = trio.Lock()

    async def worker():
        for _ in range(count // 10):
            async with shared:
                await trio.sleep(0)

    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(worker)


async def cancel_tree(count):
    for _ in range(0, count, 10_000):
        async with trio.open_nursery() as nursery:
            for _ in range(10_000):
                nursery.start_soon(trio.sleep_forever)
            await trio.sleep(0)
            nursery.cancel_scope.cancel()


benchmarks = {
    "sleep0": (50_000, sleep0),
    "spawn": (10_000, spawn),
    "gather": (20_000, gather),
    "queue": (10_000, queue),
    "lock": (20_000, lock),
    "cancel-tree": (20_000, cancel_tree),
}


def ns_of(count, body):
    before = time.process_time_ns()
    trio.run(body, count)
    return (time.process_time_ns() - before) / count


def least_ns(count, body):
    """Three rounds at least, more while they are short: what disturbs a measurement only adds to it."""
    rounds, start = [], time.monotonic()
    while len(rounds) < 3 or time.monotonic() - start < 1:
        rounds.append(ns_of(count, body))
    return min(rounds)


def first_run_ns():
    before = time.process_time_ns()
    trio.run(nothing)
    return time.process_time_ns() - before


if name == "import":
    ns = import_ns
elif name == "first-run":
    ns = first_run_ns()
elif name in benchmarks:
    ns = least_ns(*benchmarks[name])
else:
    sys.exit(f"there is no {name} in trio")
print(name, f"{ns:.1f}")
