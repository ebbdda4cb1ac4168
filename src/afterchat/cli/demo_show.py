"""What the demonstration shows while it runs: sessions as they arrive, and trouble when there is some; calmly.

Arrivals are read from the receiver's inbox, so a line says that a push was made, signed, sent, verified and stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import click

from afterchat.cli.command import current_language
from afterchat.cli.demo_centre import CentreThread
from afterchat.cli.demo_processes import LOOPBACK, Server
from afterchat.cli.language import Text
from afterchat.cli.visible import visible
from afterchat.clock import SystemClock
from afterchat.contract.codec import Decoded, decode
from afterchat.errors import OutageError
from afterchat.store.open import Store
from afterchat.store.ports import InboxRow

__all__ = ["Show"]

_LOOK_SECONDS = 0.5
_LOOKS_PER_OUTBOX = 10
_LINES_A_LOOK_MAX = 3
_ROWS_A_LOOK_MAX = 1000
_WAITING_MIN = 3
_OPEN_STATES = ("waiting", "behind", "leased")

_BEGINNING = Text(
    "a made-up contact centre reports about {count} sessions to {sender}/v1/events, then goes on in real time ...",
    "模拟客服中心先向 {sender}/v1/events 上报约 {count} 条会话，随后按真实时间继续……",
)
_CAUGHT_UP = Text(
    "{count} pushes arrived, sessions and their revisions; each is on disk and was answered {{}}",
    "已到达 {count} 条推送（会话及其修订），全部落盘并应答 {{}}",
)
_ARRIVED = Text(
    "session {id} arrived: {seconds} s  {staff}  {category}", "会话 {id} 已到达：{seconds} 秒  {staff}  {category}"
)
_REVISED = Text("session {id} was revised", "会话 {id} 有修订")
_MORE = Text("and {count} more", "另有 {count} 条")
_WAITING = Text("{count} pushes wait in the outbox", "{count} 条推送在发件箱中等待")
_HELD = Text(
    "the receiver does not take pushes; the sender tries again at {at}, and holds the rest",
    "接收端未接收推送；发送端将于 {at} 再试，其余推送暂缓",
)
_DRAINED = Text("the outbox is empty again", "发件箱已清空")
_RECEIVER_ENDED = Text(
    "the receiver ended; the sender keeps everything until it is back: {again}",
    "接收端已退出；在其恢复之前，发送端会保留全部推送：{again}",
)
_SENDER_AWAY = Text(
    "the sender does not answer; the contact centre waits for it: {again}",
    "发送端没有应答；客服中心正在等待其恢复：{again}",
)
_SENDER_BACK = Text("the sender is back", "发送端已恢复")


class Show:
    """One run of the demonstration; `again` is the command that starts a server again, with its place in braces."""

    def __init__(self, receiver: Server, sender: Server, store: Store, again: str) -> None:
        self._receiver = receiver
        self._sender = sender
        self._store = store
        self._again = again
        self._language = current_language()
        self._last_id = 0
        self._count = 0
        self._is_held = False
        self._seen: set[int] = set()
        """Sessions that were told of."""

    async def run(self, token: str, session_count: int, look: str, stop: asyncio.Event) -> None:
        """Let the centre work and tell what arrives, until `stop` is set."""
        loop = asyncio.get_running_loop()
        self._last_id = (await self._store.inbox.counts())["last_inbox_id"]

        def on_trouble(why: str) -> None:
            loop.call_soon_threadsafe(self._say_of_sender, why)

        centre = CentreThread(self._sender.url, token, SystemClock(), session_count, on_trouble)
        self._say(_BEGINNING, count=session_count, sender=self._sender.url)
        centre.start()
        watching = [
            loop.create_task(self._watch(centre.has_caught_up.is_set, look)),
            loop.create_task(self._watch_receiver()),
        ]
        try:
            await stop.wait()
        finally:
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)
            await asyncio.to_thread(centre.stop)

    async def _watch(self, has_caught_up: Callable[[], bool], look: str) -> None:
        """First the past as one line, then each arrival, and what waits in the outbox."""
        while not has_caught_up() or await self._open_count():
            await self._arrivals()
            await asyncio.sleep(_LOOK_SECONDS)
        await self._arrivals()
        self._say(_CAUGHT_UP, count=self._count)
        click.echo(look)
        waiting = looks = 0
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            self._say_arrivals(await self._arrivals())
            looks += 1
            if looks % _LOOKS_PER_OUTBOX == 0:
                await self._say_held()
                waiting = self._say_waiting(waiting, await self._open_count())

    async def _watch_receiver(self) -> None:
        await self._receiver.process.wait()
        self._say(_RECEIVER_ENDED, again=self._command("serve", self._receiver))

    async def _arrivals(self) -> list[InboxRow]:
        """What the receiver stored since the last look."""
        try:
            rows = await self._store.inbox.read_after(self._last_id, _ROWS_A_LOOK_MAX)
        except OutageError:
            return []
        if rows:
            self._last_id = rows[-1].id
            self._count += len(rows)
        return rows

    async def _open_count(self) -> int:
        """Entries that are not settled; 0 while nobody can say."""
        try:
            _, entries, _ = await self._store.outbox.health()
        except OutageError:
            return 0
        return sum(count for (_, state), count in entries.items() if state in _OPEN_STATES)

    def _say_arrivals(self, rows: Sequence[InboxRow]) -> None:
        for row in rows[:_LINES_A_LOOK_MAX]:
            read = decode(row.body)
            if isinstance(read, Decoded):
                record = read.record
                is_known = record.id in self._seen
                self._seen.add(record.id)
                self._say(
                    _REVISED if is_known else _ARRIVED,
                    id=record.id,
                    seconds=max(record.end_time - record.start_time, 0) // 1000,
                    staff=record.staff_name,
                    category=record.category,
                )
        if len(rows) > _LINES_A_LOOK_MAX:
            self._say(_MORE, count=len(rows) - _LINES_A_LOOK_MAX)

    async def _say_held(self) -> None:
        """Tell when the breaker opens; once, until the endpoint is well again."""
        try:
            healths, _, _ = await self._store.outbox.health()
        except OutageError:
            return
        held = [health.open_until for health in healths if health.open_until is not None]
        if held and not self._is_held:
            self._say(_HELD, at=_time_of_day(max(held)))
        self._is_held = bool(held)

    def _say_waiting(self, before: int, now: int) -> int:
        """Tell of an outbox that grows, and when it is empty again; a push just made is not worth a line."""
        if now >= max(_WAITING_MIN, before + 1):
            self._say(_WAITING, count=now)
            return now
        if before and not now:
            self._say(_DRAINED)
            return 0
        return before

    def _say_of_sender(self, why: str) -> None:
        if why:
            self._say(_SENDER_AWAY, again=f"{self._command('sender', self._sender)} {' '.join(LOOPBACK)}")
        else:
            self._say(_SENDER_BACK)

    def _command(self, command: str, server: Server) -> str:
        return self._again.format(command=command, port=server.url.rpartition(":")[2])

    def _say(self, text: Text, **values: object) -> None:
        click.echo(visible(f"{_time_of_day(SystemClock().now_ms())}  {text.say(self._language, **values)}"))


def _time_of_day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone().strftime("%H:%M:%S")
