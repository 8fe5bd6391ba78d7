"""Independent computations side by side, wherever the cores are: in processes here, or on a Dask cluster by its address.

One call for both; results come as they are ready, so that a caller can keep each at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from comity.workers import WorkerError, as_ready


class ClusterError(RuntimeError):
    """A cluster that cannot be reached or used; says what would be right."""


def spread(
    function: Callable[..., Any],
    tasks: Sequence[tuple[Any, ...]],
    *,
    shared: Any = None,
    workers: int = 1,
    cluster: str | None = None,
) -> Iterator[tuple[int, Any]]:
    """`(n, function(shared, *tasks[n]))` for each task, as results come in.

    `cluster` is the address of a Dask scheduler (`tcp://host:8786`), whose workers have this version of comity; without
    it up to `workers` processes run here. A worker that dies on a cluster has its tasks done by another. WorkerError when
    a task fails; ClusterError when the cluster cannot be reached.
    """
    if cluster is None:
        yield from as_ready(function, tasks, shared=shared, workers=workers)
    else:
        yield from _on_cluster(function, tasks, shared, cluster)


def _on_cluster(
    function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]], shared: Any, address: str
) -> Iterator[tuple[int, Any]]:
    try:
        import distributed
    except ImportError:
        raise ClusterError("a cluster needs Dask: pip install 'comity[cluster]'") from None
    dask: Any = distributed

    class Client(dask.Client):  # type: ignore[misc]
        def __del__(self) -> None:
            """One that never met its scheduler would wait 20 s here, and then complain; it is closed below."""

    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterError(f"no Dask scheduler answers at {address!r} ({error}); write it as tcp://host:8786") from None
    try:
        if not client.scheduler_info()["workers"]:
            raise ClusterError(f"the Dask scheduler at {address} has no workers")
        held = client.scatter(shared, broadcast=True, hash=False)
        futures = {client.submit(function, held, *task, pure=False, retries=2): n for n, task in enumerate(tasks)}
        for future in dask.as_completed(list(futures), loop=client.loop):
            try:
                result = future.result()
            except Exception as error:
                raise WorkerError(f"a task failed on the cluster: {error!r}") from error
            yield futures.pop(future), result
    finally:
        with suppress(Exception):
            client.close()
