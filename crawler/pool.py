"""Processes for CPU work: each job has a deadline and a memory limit, and a dying process harms nobody."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver, resource_tracker
from typing import ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

from crawler.errors import PoolCrash, PoolTimeout
from crawler.settings import PoolSettings

P = ParamSpec("P")
T = TypeVar("T")

ALL_READERS = "crawler.preload"
SOURCES_ONLY = "crawler.preload_sources"
"""What the processes of a pool share, by name: they are imported in the fork server and not here."""
JOBS_PER_PROCESS = 500
"""A process is replaced after so many jobs, so that leaks in C libraries stay small."""


class Pool:
    """Runs picklable functions in other processes. Processes start with the first job."""

    def __init__(self, settings: PoolSettings, *, preload: str = ALL_READERS) -> None:
        """``preload`` names the module that is imported once for all processes."""
        self._settings = settings
        self._preload = preload
        self._workers = settings.workers or os.cpu_count() or 1
        self._waiting = 0
        self._opening = asyncio.Lock()
        self._pool: ProcessPool | None = None

    def _open(self) -> ProcessPool:
        # Neither fork (the daemon has threads) nor spawn (each process would load the models anew):
        # the fork server loads readers and models once, its children share the memory.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([self._preload])
        _start_fork_server()
        pool = ProcessPool(
            max_workers=self._workers,
            max_tasks=JOBS_PER_PROCESS,
            initializer=_prepare_process,
            initargs=(self._settings.memory,),
            context=context,
        )
        pool.schedule(os.getpid)  # the processes start with the first job
        return pool

    async def _ready(self) -> ProcessPool:
        """Return a pool that takes jobs: a new one at first, and after its manager gave up on the old one."""
        async with self._opening:
            if self._pool is None or not self._pool.active:
                self.stop()
                # To start the fork server takes a second, in which the event loop has other things to do.
                self._pool = await asyncio.to_thread(self._open)
            return self._pool

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``function`` in a process and return its result; its exceptions are raised here.

        Raises PoolTimeout when it takes longer than the deadline and PoolCrash when its process dies.
        """
        limit = self._settings.timeout
        try:
            pool = await self._ready()
        except (EOFError, OSError) as error:
            raise PoolCrash("no reading process could be started") from error
        self._waiting += 1
        try:
            future = pool.schedule(function, args=args, kwargs=kwargs, timeout=limit)
            # The pool measures from the start of a job. One that was lost before it started must end as well.
            async with asyncio.timeout(limit * (self._waiting / self._workers + 2)):
                return await asyncio.wrap_future(future)
        except TimeoutError as error:
            raise PoolTimeout(f"reading took longer than {limit:g} s") from error
        except (ProcessExpired, BrokenProcessPool, MemoryError) as error:
            raise PoolCrash("the reading process died") from error
        except RuntimeError as error:
            if pool.active:  # the job's own
                raise
            raise PoolCrash("the reading processes died") from error
        finally:
            self._waiting -= 1

    def stop(self) -> None:
        """End all processes at once; jobs still running are lost."""
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]  # pebble types only a part of itself
            self._pool.join()


def _start_fork_server() -> None:
    """Start it with Ctrl-C blocked, which it inherits: it loads for a second before it would ignore that."""
    resource_tracker.ensure_running()  # starting this one would unblock it
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _prepare_process(memory: int) -> None:
    # Ctrl-C reaches the whole process group; only the parent decides when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    base = _address_space()
    wanted = base + memory
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))


def _address_space() -> int:
    """Bytes of address space this process has already mapped (0 where /proc is missing)."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
