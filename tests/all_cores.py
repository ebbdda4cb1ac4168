"""Work that keeps one core busy for a minute, done on all of them: dealt out in blocks, one test for each block.

    @pytest.fixture(scope="module")
    def found(request):
        with on_all_cores(work, blocks_asked(request, "block")) as found:
            yield found

    @pytest.mark.parametrize("block", range(20))
    def test_nothing_differs(block, found):
        assert found(block) == []

The blocks begin all at once and in their order; a test waits for its own, and raises what its block raised.
Workers are new interpreters, so nothing that a test has patched reaches them, and work and blocks are pickled.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest

__all__ = ["blocks_asked", "on_all_cores"]

Block = TypeVar("Block")
Found = TypeVar("Found")


@contextmanager
def on_all_cores(work: Callable[[Block], Found], blocks: Sequence[Block]) -> Iterator[Callable[[Block], Found]]:
    """What gives the outcome of a block; what nobody asked for any more is not begun."""
    worker_count = min(os.cpu_count() or 1, len(blocks))
    if worker_count < 2:
        yield work
        return
    workers = ProcessPoolExecutor(worker_count, multiprocessing.get_context("spawn"))
    try:
        coming = {block: workers.submit(work, block) for block in blocks}
        yield lambda block: coming[block].result()
    finally:
        workers.shutdown(cancel_futures=True)


def blocks_asked(request: pytest.FixtureRequest, *names: str) -> list[Any]:
    """Values of these parameters in the tests of this module that run, and take the fixture; tuples of several."""
    values = [
        tuple(item.callspec.params[name] for name in names)
        for item in request.session.items
        if item.path == request.path and request.fixturename in item.fixturenames
    ]
    return [each[0] for each in values] if len(names) == 1 else values
