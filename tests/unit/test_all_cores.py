"""Work that is dealt out comes back block by block, and so does what went wrong in one of them."""

from __future__ import annotations

import os

import pytest

from all_cores import on_all_cores


def half_and_worker(number):
    if number % 2:
        raise ValueError(number)
    return number // 2, os.getpid()


def test_each_block_has_its_own_outcome_made_in_another_process():
    with on_all_cores(half_and_worker, [2, 3, 4]) as found:
        halves, workers = zip(found(4), found(2), strict=True)
        with pytest.raises(ValueError, match="3"):
            found(3)

    assert (2, 1) == halves
    assert (os.getpid() in workers) is ((os.cpu_count() or 1) < 2)


def test_a_single_block_is_worked_on_here():
    with on_all_cores(half_and_worker, [2]) as found:
        assert found(2) == (1, os.getpid())
