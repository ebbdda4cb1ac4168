"""Names to checked addresses: one look-up for many, every address checked, a minute's trust, no memory of failures."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from afterchat.sender.addresses import AddressRules
from afterchat.sender.resolving import PIN_SECONDS_MAX, Resolver, system_addresses
from afterchat.sender.target import Origin, read_allowed
from afterchat.sender.transport import Failure
from targets import FORBIDDEN_ANSWERS

ORIGIN = Origin("https", "a.example.com", 443, is_address=False)


class StillClock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now_ms(self) -> int:
        return 0

    def monotonic(self) -> float:
        return self.seconds


class NameServer:
    """Gives one answer after the other; the last one for ever."""

    def __init__(self, *answers: Sequence[str] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        await asyncio.sleep(0)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_a_second_answer_is_not_asked_for_within_the_minute_and_checked_after_it():
    async def main():
        clock, names = StillClock(), NameServer(["93.184.216.34"], ["127.0.0.1"])
        resolver = Resolver(AddressRules(), clock, names)
        found = [await resolver.addresses(ORIGIN)]
        clock.seconds = PIN_SECONDS_MAX - 0.1
        found.append(await resolver.addresses(ORIGIN))
        clock.seconds = PIN_SECONDS_MAX
        found.append(await resolver.addresses(ORIGIN))
        return found, names.asked

    found, asked = asyncio.run(main())

    assert found[:2] == [("93.184.216.34",)] * 2
    assert isinstance(found[2], Failure)
    assert found[2].kind == "forbidden_address"
    assert asked == ["a.example.com"] * 2


@pytest.mark.parametrize("answer", FORBIDDEN_ANSWERS, ids=" ".join)
def test_one_forbidden_address_refuses_the_name(answer):
    found = asyncio.run(Resolver(AddressRules(), StillClock(), NameServer(answer)).addresses(ORIGIN))

    assert isinstance(found, Failure)
    assert found.kind == "forbidden_address"


@pytest.mark.parametrize(
    "answer",
    [OSError("no such name"), UnicodeError("label too long"), [], [f"8.8.{i}.8" for i in range(33)]],
    ids=["unknown", "unreadable", "empty", "too many"],
)
def test_a_name_without_usable_answer_is_a_failure_and_asked_for_anew(answer):
    async def main():
        resolver = Resolver(AddressRules(), StillClock(), NameServer(answer, ["8.8.8.8"]))
        return await resolver.addresses(ORIGIN), await resolver.addresses(ORIGIN)

    first, second = asyncio.run(main())

    assert isinstance(first, Failure)
    assert first.kind == "dns"
    assert second == ("8.8.8.8",)


def test_many_wait_for_one_look_up_and_one_that_gives_up_does_not_end_it():
    async def main():
        names = NameServer(["8.8.8.8"])
        resolver = Resolver(AddressRules(), StillClock(), names)
        waiting = [asyncio.create_task(resolver.addresses(ORIGIN)) for _ in range(5)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        found = await asyncio.gather(*waiting, return_exceptions=True)
        return found, names.asked

    found, asked = asyncio.run(main())

    assert isinstance(found[0], asyncio.CancelledError)
    assert found[1:] == [("8.8.8.8",)] * 4
    assert len(asked) == 1


def test_the_address_that_failed_goes_to_the_end():
    async def main():
        resolver = Resolver(AddressRules(), StillClock(), NameServer(["8.8.8.8", "1.1.1.1"]))
        found = [await resolver.addresses(ORIGIN)]
        resolver.failed(ORIGIN.host, "8.8.8.8")
        found.append(await resolver.addresses(ORIGIN))
        resolver.failed(ORIGIN.host, "8.8.8.8")
        found.append(await resolver.addresses(ORIGIN))
        return found

    assert asyncio.run(main()) == [("8.8.8.8", "1.1.1.1"), ("1.1.1.1", "8.8.8.8"), ("1.1.1.1", "8.8.8.8")]


def test_an_address_is_never_asked_for():
    async def main():
        names = NameServer(["8.8.8.8"])
        rules = AddressRules(allowed=read_allowed(["127.0.0.1"]))
        resolver = Resolver(rules, StillClock(), names)
        origin = Origin("https", "127.0.0.1", 443, is_address=True)
        return await resolver.addresses(origin), names.asked

    assert asyncio.run(main()) == (("127.0.0.1",), [])


def test_closing_ends_a_look_up_under_way():
    async def main():
        async def never(_host):
            await asyncio.Event().wait()

        resolver = Resolver(AddressRules(), StillClock(), never)
        waiting = asyncio.create_task(resolver.addresses(ORIGIN))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await resolver.close()
        return await asyncio.gather(waiting, return_exceptions=True)

    assert isinstance(asyncio.run(main())[0], asyncio.CancelledError)


def test_the_system_knows_itself():
    assert set(asyncio.run(system_addresses("localhost"))) & {"127.0.0.1", "::1"}
