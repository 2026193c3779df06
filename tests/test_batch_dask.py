"""Asking from a cluster: a thousand requests over two worker processes of Dask."""

import os
import pickle
import re
import subprocess
import sys
from contextlib import contextmanager

import pytest

import runware_magic


@pytest.fixture(scope="module")
def demo(_sockets, _kernels):
    """Serve the demo endpoint in a process of its own; give its address and its key."""
    command = [sys.executable, "-m", "runware_magic", "demo", "--port", "0", "--pace", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield [process.stdout.readline().strip().partition("=")[2] for _ in range(2)]
        process.terminate()


@contextmanager
def cluster(**environment):
    """Start two workers with something in their environment; give what talks to them."""
    import dask  # loading these takes a second, wherever they are not used
    from distributed import Client, LocalCluster

    with (
        # Workers look at all their threads a hundred times a second, to tell where time goes.
        dask.config.set({"distributed.worker.profile.enabled": False}),
        LocalCluster(
            n_workers=2, threads_per_worker=8, dashboard_address=":0", env=environment, worker_dashboard_address=None
        ) as workers,
        Client(workers) as client,
    ):
        yield client


def test_a_cluster_asks_about_a_thousand_rows(demo, tmp_path):
    """Each is answered once, by both workers; the key is in their environment and nowhere else."""
    url, key = demo
    path = tmp_path / "turns.jsonl"
    with cluster(RUNWARE_API_KEY=key) as client:
        assert key not in os.environ.values()
        turns = list(
            runware_magic.map(
                [f"row {number}" for number in range(1000)],
                models="demo:echo@1",
                base_url=url,
                executor=client.get_executor(),
                max_parallel=64,
                record=path,
            )
        )
        processes = client.run(os.getpid)
    assert len(set(processes.values())) == 2
    assert {turn.state for turn in turns} == {"complete"}, next(turn.error for turn in turns if turn.error)
    assert sorted(turn.variant.number for turn in turns) == list(range(1, 1001))
    assert all(re.search(rf"row {turn.variant.number - 1}\b", turn.content) for turn in turns)
    assert key.encode() not in pickle.dumps(turns)
    assert key.encode() not in path.read_bytes()
    assert path.read_bytes().count(b"\n") == 1000
