"""Processes for CPU work: each job has a deadline and a memory limit, and a dying process harms nobody."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import TimeoutError as DeadlineExceeded
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

from crawler.errors import PoolCrash, PoolTimeout
from crawler.settings import PoolSettings

P = ParamSpec("P")
T = TypeVar("T")

JOBS_PER_PROCESS = 500
"""A process is replaced after so many jobs, so that leaks in C libraries stay small."""


class Pool:
    """Runs picklable functions in other processes. Processes start with the first job."""

    def __init__(self, settings: PoolSettings) -> None:
        # Neither fork (the daemon has threads) nor spawn (each process would load the models anew):
        # the fork server loads readers and models once, its children share the memory.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["crawler.preload"])
        self._timeout = settings.timeout
        self._pool = ProcessPool(
            max_workers=settings.workers or os.cpu_count() or 1,
            max_tasks=JOBS_PER_PROCESS,
            initializer=_prepare_process,
            initargs=(settings.memory,),
            context=context,
        )

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``function`` in a process and return its result; its exceptions are raised here.

        Raises PoolTimeout when it takes longer than the deadline and PoolCrash when its process dies.
        """
        future = self._pool.schedule(function, args=args, kwargs=kwargs, timeout=self._timeout)
        try:
            return await asyncio.wrap_future(future)
        except DeadlineExceeded as error:
            raise PoolTimeout(f"reading took longer than {self._timeout:g} s") from error
        except (ProcessExpired, BrokenProcessPool, MemoryError) as error:
            raise PoolCrash("the reading process died") from error

    def stop(self) -> None:
        """End all processes at once; jobs still running are lost."""
        self._pool.stop()  # type: ignore[no-untyped-call]  # pebble types only a part of itself
        self._pool.join()


def _prepare_process(memory: int) -> None:
    # Ctrl-C reaches the whole process group; only the parent decides when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    base = _address_space()
    wanted = base + memory
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))
    del soft


def _address_space() -> int:
    """Bytes of address space this process has already mapped (0 where /proc is missing)."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
