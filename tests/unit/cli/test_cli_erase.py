"""`afterchat records erase`: exactly one name, nobody found is said so, and nothing happens without a yes."""

from __future__ import annotations

import asyncio
import json
from hashlib import sha256

import pytest
from click.testing import CliRunner

from afterchat import __version__
from afterchat.cli import root
from afterchat.clock import SystemClock
from afterchat.contract.codec import encode
from afterchat.contract.push import SESSION_END_DATA
from afterchat.contract.record import blank_record
from afterchat.projector.loop import project_once
from afterchat.store.open import open_store
from afterchat.store.ports import Arrival

AT = 1_769_826_600_000


@pytest.fixture
def url(tmp_path) -> str:
    """A store of two tenants, each with a session of visitor 7."""
    url = f"sqlite:///{tmp_path}/store"

    async def fill() -> None:
        store = await open_store(url, frozenset({"inbox", "records", "registry"}))
        for tenant in ("acme", "default"):
            body = encode(blank_record(id=1, s_type="0", user_id=7, remarks=f"of {tenant}"))
            digest = sha256(body).digest()
            await store.inbox.append_all([Arrival(tenant, SESSION_END_DATA, 1, AT, "k", "checksum", digest, body)])
        while await project_once(store.inbox, store.records, SystemClock(), batch_rows=9) is not None:
            pass
        await store.close()

    asyncio.run(fill())
    return url


def run(url: str, *arguments: str, answer: str = ""):
    environment = {"AFTERCHAT_LANG": "en", "LANG": "C.UTF-8"}
    return CliRunner(env=environment).invoke(root, ["records", "erase", *arguments, "--store", url], input=answer)


def remarks(url: str) -> list[str]:
    async def read() -> list[str]:
        store = await open_store(url, frozenset())
        rows = await store.records.get(None, 1)
        await store.close()
        return [row.record.remarks for row in rows]

    return asyncio.run(read())


@pytest.mark.parametrize("arguments", [(), ("--user-id", "7", "--session", "1"), ("--foreign-id", "")])
def test_exactly_one_name_is_given(url, arguments) -> None:
    done = run(url, *arguments, "--yes")

    assert 2 == done.exit_code
    assert "give one of --user-id, --foreign-id, --session" in done.stderr


def test_a_visitor_whom_nothing_names_is_said_to_be_nobody(url) -> None:
    done = run(url, "--user-id", "8", "--yes")

    assert 0 != done.exit_code
    assert "nothing in this store names that visitor" in done.stderr
    assert ["of acme", "of default"] == remarks(url)


def test_without_a_yes_nothing_happens(url) -> None:
    done = run(url, "--user-id", "7", answer="n\n")

    assert "in 2 sessions of acme, default, for ever?" in done.stderr
    assert ["of acme", "of default"] == remarks(url)


def test_one_tenant_only_and_a_receipt_without_a_name(url, tmp_path) -> None:
    receipt = tmp_path / "receipt.json"
    done = run(url, "--user-id", "7", "--tenant", "acme", "--receipt", str(receipt), answer="y\n")

    assert 0 == done.exit_code, done.stderr
    assert ["", "of default"] == remarks(url)
    written = json.loads(receipt.read_text("utf-8"))
    assert (1, ["acme"], 1, 1, 1, 0) == (
        written["sessions"], written["tenants"], written["pushes"],
        written["rows_inbox"], written["rows_records"], written["rows_sender"],
    )  # fmt: skip
    assert sha256(b"acme/1").hexdigest() == written["sessions_sha256"]
    assert sha256(b"user_id:7").hexdigest() == written["person_sha256"]
    assert f"afterchat {__version__}" == written["program"]


def test_where_no_receipt_can_be_written_nothing_is_erased(url, tmp_path) -> None:
    done = run(url, "--user-id", "7", "--yes", "--receipt", str(tmp_path / "no" / "such.json"))

    assert 0 != done.exit_code
    assert "the receipt cannot be written" in done.stderr
    assert ["of acme", "of default"] == remarks(url)
