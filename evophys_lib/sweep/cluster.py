"""Where tasks run: processes on this machine, or the workers of a scheduler.

A worker has one thread: what a task computes depends on the thread count in its last
digits, and two threads would share one process's environment.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import dask
from distributed import Client, LocalCluster
from distributed.comm.core import connect
from distributed.security import Security

from evophys_lib.errors import ParameterError
from evophys_lib.worldmodel import device as devices

GPU = "GPU"
"""What a worker that has a GPU is started with: `--resources "GPU=1"`."""
PATIENCE = 30.0  # seconds that a scheduler may take to answer
ANY_PORT = "127.0.0.1:0"
"""Where a scheduler without a dashboard serves its health all the same. By default Dask
takes a port by number, and warns where another cluster has it."""
TRIMMING = "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_"
"""What has glibc hand memory back at every chance, by Dask's default. Each operator
then asks for its pages anew, in a large part of a search's time; so it is unset."""
_ENVIRONMENT = {
    devices.THREADS_VARIABLE: "1",
    "TQDM_DISABLE": "1",  # bars of several processes on one terminal cannot be read
}


@contextmanager
def local(workers: int, gpu: bool) -> Iterator[Client]:
    """As many processes on this machine, which end with the block.

    gpu: whether they may take tasks that need one; they share it.
    """
    resources = {GPU: 1} if gpu else {}
    with (
        dask.config.set({TRIMMING: None}),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": ANY_PORT},
            resources=resources,
            env=_ENVIRONMENT,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@contextmanager
def remote(address: str) -> Iterator[Client]:
    """The workers of a scheduler that runs at an address such as tcp://node7:8786.

    They go on when the block ends. ParameterError if nothing answers there. That a
    scheduler has died is told by whoever waits for it, not by Dask's traceback.
    """
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    try:
        asyncio.run(_call(address))
        client = Client(address, timeout=PATIENCE)
    except (OSError, ValueError, TypeError, AssertionError) as error:
        raise ParameterError(  # the last two where Dask cannot speak as it is asked to
            "scheduler",
            address,
            f"no Dask scheduler answers there ({str(error) or 'it is no address'})",
            "Start one with `dask scheduler` and pass the address that it prints.",
        ) from error
    with client:
        yield client


async def _call(address: str) -> None:
    """Whether anybody answers, before there is a client.

    One that fails to start is closed whenever it is collected, which may be while the
    next starts and holds the lock that closing waits for.
    """
    known = Security().get_connection_args("scheduler")
    comm = await connect(address, timeout=PATIENCE, **known)
    await comm.close()
