"""A gate over a store, with a clock that stands until it is moved and hashing that costs little."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from afterchat.access.accounts import Accounts
from afterchat.access.gate import Gate
from afterchat.access.identity import LoggedIn
from afterchat.access.passwords import Hashing, Passwords
from afterchat.store.open import Store

QUICK = Hashing(passes=1, memory_kibibytes=8, lanes=1, hash_bytes=16, salt_bytes=8)
PASSWORD = "correct horse battery"
MINUTE = 60.0


@dataclass
class SetClock:
    """Both readings move together, by hand."""

    seconds: float = 0.0

    def now_ms(self) -> int:
        return 1_800_000_000_000 + round(self.seconds * 1000)

    def monotonic(self) -> float:
        return self.seconds


@dataclass
class House:
    """Everything that a test of the gate touches; `call` waits for a coroutine."""

    store: Store
    clock: SetClock
    passwords: Passwords
    accounts: Accounts = field(init=False)
    gate: Gate = field(init=False)

    def __post_init__(self) -> None:
        self.accounts = Accounts(self.store.people, self.clock, self.passwords)
        self.gate = self.new_gate()

    def new_gate(self) -> Gate:
        """A gate of another process on the same store."""
        return Gate(self.store.people, self.clock, self.passwords)

    def call(self, work: Any) -> Any:
        return asyncio.run(work)

    def user(self, name: str = "anna", role: str = "admin", tenant: str | None = None) -> Any:
        return self.call(self.accounts.add(name, role, tenant, PASSWORD))

    def login(self, name: str = "anna", password: str = PASSWORD, peer: str = "10.0.0.1") -> Any:
        return self.call(self.gate.login(name, password, peer))

    def cookie(self, name: str = "anna") -> str:
        logged_in = self.login(name)
        assert isinstance(logged_in, LoggedIn)
        return logged_in.cookie

    def who(self, cookie: str) -> str | None:
        identity = self.call(self.gate.who(cookie))
        return identity and identity.name
