"""Columns that were made of records which then fell back are told apart from those that still hold."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from afterchat.store.open import WRITABLE, Store, open_store
from conformance.cast import batch, projected


async def _opened(folder: Path) -> Store:
    return await open_store(f"sqlite:///{folder}", WRITABLE)


def test_versions_that_a_restored_file_takes_back_do_not_stand(tmp_path: Path) -> None:
    async def stand() -> list[bool]:
        store = await _opened(tmp_path / "store")
        await store.records.apply(batch([projected(1, 1), projected(2, 2)]))
        first = await store.records.generation()
        await store.close()
        shutil.copy(tmp_path / "store" / "records.db", tmp_path / "copy.db")

        store = await _opened(tmp_path / "store")
        await store.records.apply(batch([projected(3, 3)]))
        lost = await store.records.generation()
        kept = [await store.records.stands(first, 2), await store.records.stands(lost, 3)]
        await store.close()
        shutil.copy(tmp_path / "copy.db", tmp_path / "store" / "records.db")

        store = await _opened(tmp_path / "store")
        await store.records.apply(batch([projected(4, 4), projected(5, 5)]))
        asked = ((first, 2), (first, 3), (lost, 2), (lost, 3))
        kept += [await store.records.stands(*one) for one in asked]
        await store.close()
        return kept

    assert [True, True, True, False, False, False] == asyncio.run(stand())
