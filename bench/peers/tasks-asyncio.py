"""Task benchmarks on asyncio, on its own loop or on uvloop.

    python3 tasks-asyncio.py [--uvloop] NAME        prints `NAME ns_per_op`
"""

import sys
import time

use_uvloop = "--uvloop" in sys.argv
name = sys.argv[-1]

before_import = time.process_time_ns()
import asyncio

if use_uvloop:
    import uvloop
import_ns = time.process_time_ns() - before_import

new_event_loop = uvloop.new_event_loop if use_uvloop else asyncio.new_event_loop


async def nothing():
    pass


async def sleep0(count):
    for _ in range(count):
        await asyncio.sleep(0)


async def spawn(count):
    for _ in range(count):
        await asyncio.create_task(nothing())


async def gather(count):
    for _ in range(0, count, 10_000):
        await asyncio.gather(*(nothing() for _ in range(10_000)))


async def queue(count):
    ping, pong = asyncio.Queue(), asyncio.Queue()

    async def echo():
        for _ in range(count):
            await pong.put(await ping.get())

    task = asyncio.create_task(echo())
    for i in range(count):
        await ping.put(i)
        await pong.get()
    await task


async def lock(count):
    shared = asyncio.Lock()

    async def worker():
        for _ in range(count // 10):
            await shared.acquire()
            await asyncio.sleep(0)
            shared.release()

    await asyncio.gather(*(worker() for _ in range(10)))


async def cancel_tree(count):
    async def parent():
        async with asyncio.TaskGroup() as group:
            for _ in range(10_000):
                group.create_task(asyncio.sleep(1e6))

    for _ in range(0, count, 10_000):
        task = asyncio.create_task(parent())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])


async def call_all(count, schedule):
    done = asyncio.get_running_loop().create_future()
    left = count

    def callback():
        nonlocal left
        left -= 1
        if left == 0:
            done.set_result(None)

    for i in range(count):
        schedule(callback, i)
    await done


async def call_soon(count):
    loop = asyncio.get_running_loop()
    await call_all(count, lambda callback, _: loop.call_soon(callback))


async def timers_fired(count):
    loop = asyncio.get_running_loop()
    await call_all(count, lambda callback, i: loop.call_later((1 + i % 1000 / 1000) / 1000, callback))


async def timers_spread(count):
    loop = asyncio.get_running_loop()
    await call_all(count, lambda callback, i: loop.call_later((1 + i % 1000) / 1000, callback))


async def timers_cancelled(count):
    loop = asyncio.get_running_loop()
    for i in range(count):
        loop.call_later(1 + i % 1000 / 1000, print).cancel()
    await asyncio.sleep(0)


benchmarks = {
    "sleep0": (100_000, sleep0),
    "spawn": (50_000, spawn),
    "gather": (50_000, gather),
    "queue": (30_000, queue),
    "lock": (50_000, lock),
    "cancel-tree": (20_000, cancel_tree),
    "call-soon": (300_000, call_soon),
    "timers-fired": (1_000_000, timers_fired),
    "timers-spread": (1_000_000, timers_spread),
    "timers-cancelled": (1_000_000, timers_cancelled),
}


def ns_of(count, body):
    loop = new_event_loop()
    try:
        before = time.process_time_ns()
        loop.run_until_complete(body(count))
        return (time.process_time_ns() - before) / count
    finally:
        loop.close()


def least_ns(count, body):
    """Three rounds at least, more while they are short: what disturbs a measurement only adds to it."""
    rounds, start = [], time.monotonic()
    while len(rounds) < 3 or time.monotonic() - start < 1:
        rounds.append(ns_of(count, body))
    return min(rounds)


def first_run_ns():
    before = time.process_time_ns()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(nothing())
    return time.process_time_ns() - before


if name == "import":
    ns = import_ns
elif name == "first-run":
    ns = first_run_ns()
else:
    ns = least_ns(*benchmarks[name])
print(name, f"{ns:.1f}")
