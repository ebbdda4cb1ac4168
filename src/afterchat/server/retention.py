"""What is kept how long, and forgetting it in time: slowly, so that no acknowledgement ever waits for it.

    every minute, or at once behind a full portion: network data that is too old is blanked, refused pushes are dropped

Rules
- One portion is one short transaction, and a pause follows it: beside a busy inbox this takes a few thousandths of it.
- What is behind, as after an upgrade, is caught up at the same pace: about 500 pushes a second.
- KEPT is the whole truth about what is kept how long; the page for operators is held against it by a test.

What does not belong here: the records, which follow (`projector.erasure`), and the sender's own rows (`sender`).
"""

from __future__ import annotations

import asyncio
import logging
from typing import NamedTuple

from afterchat.clock import Clock
from afterchat.contract.redaction import erased, without_network
from afterchat.errors import StoreUnavailableError
from afterchat.settings import Settings
from afterchat.store.redaction import Age, InboxRedaction

__all__ = ["KEPT", "Kept", "Retention", "RetentionLimits", "retention_limits"]

_LOG = logging.getLogger(__name__)

_DAY_MS = 86_400_000
_PORTION_ROWS = 50
_PAUSE_SECONDS = 0.1
_IDLE_SECONDS = 60.0


class Kept(NamedTuple):
    """One kind of data and how long it is kept."""

    en: str
    zh: str
    where: str
    """Database."""
    setting: str
    """Setting in days; empty when there is none."""
    until_en: str = ""
    until_zh: str = ""
    """Where no setting says it."""


KEPT = (
    Kept(
        "sessions: times, counts, ratings, staff, categories",
        "会话本身：时间、计数、评价、客服、分类",
        "inbox.db, records.db",
        "",
        "for ever",
        "永久",
    ),
    Kept(
        "addresses of visitors, and what stands behind `?` or `#` in addresses of pages",
        "访客 IP，以及页面地址中 `?` 或 `#` 之后的部分",
        "inbox.db, records.db",
        "network_retention_days",
    ),
    Kept(
        "everything else personal: ids of the visitor, titles, search words, notes, own fields",
        "其余访客个人信息：用户标识、页面标题、搜索词、备注与自定义字段",
        "inbox.db, records.db",
        "personal_retention_days",
    ),
    Kept("refused pushes", "被拒绝的推送", "inbox.db", "quarantine_retention_days"),
    Kept(
        "events, pushes sent, deliveries and attempts",
        "事件、已发推送、投递与尝试记录",
        "sender.db",
        "retention_days",
    ),
    Kept(
        "orders of operators", "运维指令", "registry.db", "", "for ever; they hold numbers only", "永久；其中只有编号"
    ),
)
"""Everything that a store holds of visitors."""


class RetentionLimits(NamedTuple):
    """How old what may get, in milliseconds; None for ever."""

    network_ms: int | None
    quarantine_ms: int | None
    personal_ms: int | None = None


def retention_limits(settings: Settings) -> RetentionLimits:
    """As the settings say."""
    return RetentionLimits(
        network_ms=_span(settings.network_retention_days),
        quarantine_ms=_span(settings.quarantine_retention_days),
        personal_ms=_span(settings.personal_retention_days),
    )


def _span(days: int) -> int | None:
    return days * _DAY_MS if days else None


class Retention:
    """Forgets what is too old in one inbox, through its owner."""

    def __init__(self, redaction: InboxRedaction, clock: Clock, limits: RetentionLimits) -> None:
        self._redaction = redaction
        self._clock = clock
        self._limits = limits
        self._ages = ((Age.NETWORK, limits.network_ms, without_network), (Age.PERSONAL, limits.personal_ms, erased))
        self._is_folded = True

    async def run(self) -> None:
        """Forget until cancelled; a store that is away is tried again."""
        while True:
            try:
                is_more = await self.step()
            except StoreUnavailableError as error:
                _LOG.warning("what is too old stays, the store is away: %s", error)
                is_more = False
            await asyncio.sleep(_PAUSE_SECONDS if is_more else _IDLE_SECONDS)

    async def step(self) -> bool:
        """One portion of each kind; True when there is more. Raises StoreUnavailableError."""
        now = self._clock.now_ms()
        count = 0
        for age, span, blank in self._ages:
            if span is not None:
                count += await self._redaction.blank_older(age, now - span, _PORTION_ROWS, blank, now)
        if self._limits.quarantine_ms is not None:
            count += await self._redaction.drop_refused(now - self._limits.quarantine_ms, _PORTION_ROWS)
        if count:
            self._is_folded = False
        elif not self._is_folded:
            self._is_folded = await self._redaction.fold_log()
        return bool(count)
