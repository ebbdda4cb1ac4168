"""Every contender by name."""

from __future__ import annotations

from bench.contenders.afterchat_noop import CONTENDER as NOOP
from bench.contenders.afterchat_server import RECEIVER_ALONE, WITH_PROJECTOR
from bench.contenders.contender import Contender
from bench.contenders.lean_fastapi import IN_EVENT_LOOP as LEAN_INLINE
from bench.contenders.lean_fastapi import IN_THREAD as LEAN
from bench.contenders.naive_fastapi import IN_EVENT_LOOP as NAIVE_INLINE
from bench.contenders.naive_fastapi import IN_THREAD_POOL as NAIVE

__all__ = ["CONTENDERS", "Contender"]

_ALL = (WITH_PROJECTOR, RECEIVER_ALONE, NOOP, LEAN, LEAN_INLINE, NAIVE, NAIVE_INLINE)
CONTENDERS: dict[str, Contender] = {contender.name: contender for contender in _ALL}
