"""Passwords: which are taken, and how they are hashed and checked.

    argon2id, 64 MiB, 3 passes, 4 lanes, 16 bytes of salt, 32 bytes of hash   (RFC 9106, the second recommendation)

Rules
- At least 12 characters, at most 1,024 bytes, and not the user's own name; no rule about kinds of characters, which
  only makes people write passwords down.
- Characters are brought to NFKC first, so that a full-width digit of an input method is the digit.
- Hashing takes 0.1 to 0.2 seconds and 64 MiB: it runs in threads, two at a time, and only so many may wait.
- Without a user there is a hash to check as well, of which nobody knows the password: the time of an answer tells
  no stranger which names exist.
- A hash made with other parameters is still checked, and is to be replaced when its password is next at hand.

What does not belong here: how often somebody may try (`throttle`), where hashes are kept (`store.people`).
"""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import HashingError, InvalidHashError, VerificationError, VerifyMismatchError

from afterchat.access.errors import PasswordsBusyError

__all__ = [
    "HASHING",
    "PASSWORD_BYTES_MAX",
    "PASSWORD_CHARACTERS_MIN",
    "Hashing",
    "PasswordFault",
    "Passwords",
    "password_fault",
    "readable_password",
]

PASSWORD_CHARACTERS_MIN = 12
PASSWORD_BYTES_MAX = 1_024
"""More than any password manager makes; what is longer is an attempt to keep us busy."""
HASHES_AT_ONCE_MAX = 2
"""128 MiB, and never more than two cores."""
HASHES_WAITING_MAX = 50
"""Five seconds of work; whoever comes then is told to come back."""

_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without characters that look alike in print."""
_GROUPS, _GROUP_CHARACTERS = 4, 5

Result = TypeVar("Result")


class Hashing(NamedTuple):
    """Parameters of argon2id."""

    passes: int
    memory_kibibytes: int
    lanes: int
    hash_bytes: int
    salt_bytes: int


HASHING = Hashing(passes=3, memory_kibibytes=64 * 1024, lanes=4, hash_bytes=32, salt_bytes=16)
"""The defaults of argon2-cffi, said here so that a new version of it changes no hash behind our back."""


class PasswordFault(NamedTuple):
    """Why a password is not taken."""

    zh: str
    en: str


_SHORT = PasswordFault(
    f"密码至少需要 {PASSWORD_CHARACTERS_MIN} 个字符。", f"A password has at least {PASSWORD_CHARACTERS_MIN} characters."
)
_LONG = PasswordFault(
    f"密码最长 {PASSWORD_BYTES_MAX} 字节。", f"A password has at most {PASSWORD_BYTES_MAX} bytes in UTF-8."
)
_NAME = PasswordFault("密码不能与用户名相同。", "A password is not the name of its user.")


def password_fault(password: str, name: str) -> PasswordFault | None:
    """Why `password` cannot be the new password of the user `name`; None when it can."""
    said = _bytes_of(password)
    if said is None:
        return _LONG
    text = said.decode("utf-8", "surrogatepass")
    if len(text) < PASSWORD_CHARACTERS_MIN:
        return _SHORT
    return _NAME if text.casefold() == name.casefold() else None


def readable_password() -> str:
    """A random password of 99 bits that can be read aloud and typed."""
    groups = ("".join(secrets.choice(_READABLE) for _ in range(_GROUP_CHARACTERS)) for _ in range(_GROUPS))
    return "-".join(groups)


class Passwords:
    """Hashes and checks in threads of its own; one for each process, closed with it."""

    def __init__(self, hashing: Hashing = HASHING) -> None:
        self._hasher = PasswordHasher(
            time_cost=hashing.passes,
            memory_cost=hashing.memory_kibibytes,
            parallelism=hashing.lanes,
            hash_len=hashing.hash_bytes,
            salt_len=hashing.salt_bytes,
            type=Type.ID,
        )
        self._nobodys_hash = _hash_of_nobody(hashing)
        self._threads = ThreadPoolExecutor(HASHES_AT_ONCE_MAX, "afterchat-passwords")
        self._under_way = 0

    async def hash(self, password: str) -> str:
        """The hash of a password that `password_fault` has nothing against; raises PasswordsBusyError."""
        said = _bytes_of(password)
        assert said is not None, "a password that is too long was not refused before it came here"
        return await self._in_thread(lambda: self._hasher.hash(said))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether that is the password of the hash; takes as long for None, where it never is.

        Raises PasswordsBusyError.
        """
        said = _bytes_of(password)
        if password_hash is None or said is None:
            await self._in_thread(lambda: self._is_right(self._nobodys_hash, b""))
            return False
        return await self._in_thread(lambda: self._is_right(password_hash, said))

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than ours."""
        return self._hasher.check_needs_rehash(password_hash)

    def close(self) -> None:
        """Wait for what is under way."""
        self._threads.shutdown(wait=True)

    def _is_right(self, password_hash: str, said: bytes) -> bool:
        try:
            return self._hasher.verify(password_hash, said)
        except (VerifyMismatchError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        if self._under_way >= HASHES_AT_ONCE_MAX + HASHES_WAITING_MAX:
            raise PasswordsBusyError("too many passwords are being checked; try again in a few seconds")
        self._under_way += 1
        pending = asyncio.get_running_loop().run_in_executor(self._threads, work)
        pending.add_done_callback(self._done)
        try:
            return await asyncio.shield(pending)
        except (HashingError, VerificationError, MemoryError) as error:
            raise PasswordsBusyError("no memory to check a password; free some, or try again") from error

    def _done(self, pending: asyncio.Future[Result]) -> None:
        self._under_way -= 1
        if not pending.cancelled():
            pending.exception()  # whoever waited was told; whoever went away needs no warning in the log


def _bytes_of(password: str) -> bytes | None:
    """What is hashed; None for more than anybody may send."""
    if len(password) > PASSWORD_BYTES_MAX:
        return None
    said = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    return said if len(said) <= PASSWORD_BYTES_MAX else None


def _hash_of_nobody(hashing: Hashing) -> str:
    """A hash as good as any, made of chance instead of a password."""
    salt, digest = (
        b64encode(secrets.token_bytes(count)).decode().rstrip("=") for count in (hashing.salt_bytes, hashing.hash_bytes)
    )
    parameters = f"m={hashing.memory_kibibytes},t={hashing.passes},p={hashing.lanes}"
    return f"$argon2id$v=19${parameters}${salt}${digest}"
