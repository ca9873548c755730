"""Ray clusters of several machines, all of them on this one."""

from __future__ import annotations

import gc
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

#: What each machine may hold in its object store: the least that Ray takes is 75 MiB.
STORE = 80 * 2**20


@contextmanager
def ray_cluster(machines: int) -> Iterator[Any]:
    """A cluster of machines with a core each, for the block. No token of the user's is read or written."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
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
