"""What is shown of a store's URL."""

from __future__ import annotations

import pytest

from afterchat.store.address import shown_url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:///afterchat-data", "sqlite:///afterchat-data"),
        ("sqlite:////var/lib/afterchat", "sqlite:////var/lib/afterchat"),
        ("postgresql://app@db:5432/afterchat", "postgresql://app@db:5432/afterchat"),
        ("postgresql://app:geheim@db/afterchat?sslmode=require", "postgresql://app@db/afterchat?sslmode=require"),
        ("postgresql://app:ge@heim@db/x", "postgresql://app@db/x"),
        ("postgresql://app@/x?host=/tmp&password=geheim", "postgresql://app@/x?host=/tmp&password=***"),
        ("postgresql:///x?PASSWORD=geheim&port=1", "postgresql:///x?PASSWORD=***&port=1"),
        ("postgresql://app:geheim@[::/x", "postgresql://app@[::/x"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert shown == shown_url(url)
