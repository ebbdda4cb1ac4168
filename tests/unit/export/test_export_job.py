"""A job: every session once, the digest of the very bytes, nothing held afterwards."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from zoneinfo import ZoneInfo

import pytest

from afterchat.contract.record import blank_record
from afterchat.errors import FilterError
from afterchat.export.batch import Batch
from afterchat.export.columns import Layout
from afterchat.export.formats import FORMATS, file_name, format_of
from afterchat.export.job import ExportCancelledError, ExportJob, Outcome, Progress
from afterchat.store.ports import SessionRow

LAYOUT = Layout("en", ZoneInfo("UTC"))
ROWS = [SessionRow("default", number, 1, 1, 1, (), blank_record(id=number)) for number in range(1, 11)]


class Batches:
    """Three batches, one of them empty; knows whether it was closed."""

    def __init__(self) -> None:
        self.is_closed = False

    async def given(self):
        try:
            yield Batch.of_rows(ROWS[:4])
            yield Batch.of_rows([])
            yield Batch.of_rows(ROWS[4:])
        finally:
            self.is_closed = True


@pytest.mark.parametrize("name", FORMATS)
def test_count_bytes_and_digest_are_those_of_the_pieces(name, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    batches = Batches()

    async def run():
        job = ExportJob(FORMATS[name], LAYOUT, batches.given(), len(ROWS))
        pieces = [piece async for piece in job.pieces()]
        return job, pieces

    job, pieces = asyncio.run(run())
    data = b"".join(pieces)
    assert job.outcome == Outcome(len(ROWS), len(data), sha256(data).hexdigest())
    assert job.progress == Progress(len(ROWS), len(ROWS), len(data))
    assert (batches.is_closed, b"" in pieces, list(tmp_path.iterdir())) == (True, False, [])


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_sessions_give_the_same_bytes(name):
    async def digest():
        job = ExportJob(FORMATS[name], LAYOUT, Batches().given())
        async for _ in job.pieces():
            pass
        return job.outcome.sha256

    assert asyncio.run(digest()) == asyncio.run(digest())


@pytest.mark.parametrize("name", FORMATS)
def test_a_cancelled_job_ends_at_the_next_batch_and_gives_everything_back(name, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    batches = Batches()

    async def run():
        job = ExportJob(FORMATS[name], LAYOUT, batches.given())
        job.cancel()
        with pytest.raises(ExportCancelledError):
            async for _ in job.pieces():
                pass
        return job

    job = asyncio.run(run())
    assert (job.outcome, job.progress.row_count) == (None, 0)
    assert (batches.is_closed, list(tmp_path.iterdir())) == (True, [])


def test_a_reader_that_goes_away_leaves_nothing_behind(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    batches = Batches()

    async def run():
        job = ExportJob(FORMATS["xlsx"], LAYOUT, batches.given())
        pieces = job.pieces()
        await anext(pieces)
        await pieces.aclose()
        return job.outcome

    assert asyncio.run(run()) is None
    assert (batches.is_closed, list(tmp_path.iterdir())) == (True, [])


def test_a_failing_source_fails_the_job():
    async def failing():
        yield Batch.of_rows(ROWS[:1])
        raise ValueError("gone")

    async def run():
        async for _ in ExportJob(FORMATS["csv"], LAYOUT, failing()).pieces():
            pass

    with pytest.raises(ValueError, match="gone"):
        asyncio.run(run())


def test_a_file_is_named_by_us_alone():
    assert [file_name(form, 1_760_000_000_000) for form in FORMATS.values()] == [
        f"sessions-20251009T085320Z.{extension}" for extension in ("csv", "xlsx", "jsonl", "parquet", "jsonl")
    ]


def test_an_unknown_format_is_refused_and_those_there_are_named():
    with pytest.raises(FilterError, match="csv, xlsx, jsonl, parquet, wire"):
        format_of("pdf")
