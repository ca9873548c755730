"""Ray clusters of several machines, all of them on this one."""

from __future__ import annotations

import gc
import os
import pickle
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
import pytest

from stylo.parallel.transport import Packed, pack, unpack
from stylo.parallel.workers import Here, Local, Shared

T = TypeVar("T")

#: What each machine may hold in its object store: the least that Ray takes is 75 MiB.
STORE = 80 * 2**20
# One for all clusters of a process: Ray reads it once.
_TOKEN = secrets.token_hex(32)


@contextmanager
def ray_cluster(machines: int) -> Iterator[Any]:
    """A cluster of machines with a core each, for the block. No token of the user's is read or written."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN", _TOKEN)
        # Work that tests define is found by all machines.
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        from ray.cluster_utils import Cluster

        cluster = Cluster(initialize_head=True, head_node_args=node(0))
        try:
            for _ in range(machines):
                cluster.add_node(**node(1))
            yield cluster
        finally:
            cluster.shutdown()
            gc.collect()


def node(cores: int) -> dict[str, Any]:
    return {"num_cpus": cores, "object_store_memory": STORE, "include_dashboard": False}


class Elsewhere(Local):
    """A cluster without one: all that would go to another process is packed and unpacked, here."""

    is_cluster = True
    count = 2

    def share(self, value: T) -> Shared[T]:
        packed = pack(value)
        return Here(unpack(Packed(packed.content, [_frozen(array) for array in packed.arrays], packed.files)))

    def try_map(self, work: Any, parts: Any, **more: Any) -> Any:
        yield from super().map(work, (pickle.loads(pickle.dumps(part)) for part in parts), **more)

    def map(self, work: Any, parts: Any, **more: Any) -> Any:
        yield from self.try_map(work, parts, **more)


def _frozen(array: np.ndarray) -> np.ndarray:
    copy = array.copy()
    copy.flags.writeable = False
    return copy
