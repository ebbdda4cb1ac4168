"""Who comes: new visitors and known ones, over which channel, from which page, about what.

Known visitors are remembered in a list of bounded length, so that their next visit names the one before it.
A visit is all of one coming: the robot's session, the person's, and those after a transfer.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from afterchat.simulator import words
from afterchat.simulator.centre.arrivals import DAY_MS, MINUTE_MS
from afterchat.simulator.centre.draws import WIDE, Chance, Weighted
from afterchat.simulator.centre.floor import DESKS, MEMBERS

__all__ = ["Visit", "Visitor", "Visitors", "identity_of", "member_name"]

_CHANNELS = Weighted({"web": 26, "wx_ma": 24, "wx": 14, "android": 16, "ios": 14, "wb": 3, "open": 3})
_TIERS = Weighted({0: 78, 1: 8, 2: 5, 3: 3, 4: 2, 5: 1, 6: 1, 8: 0.5, 10: 0.5, 11: 1})
_TIER_OF_MEMBERS_DESK = 3
_TOPICS = Weighted({number: desk.visitor_weight for number, desk in enumerate(DESKS) if desk.visitor_weight})

_REMEMBERED_MAX = 4096
_RETURNING_SHARE = 0.22
_BACK_AFTER_MS = 30 * MINUTE_MS
"""Nobody comes back sooner: the visit before should be over."""
_CAME_BEFORE_SHARE = 0.3
"""Of those who are new to the simulation."""
_CAME_BEFORE_MS = 9 * DAY_MS

_KNOWN_SHARE = 0.55
_SURGE_SHARE = 0.7
"""So many of a surge's visitors come because of it."""
_SEARCH_SHARE = 0.7

_NETWORKS = ("203.0.113", "198.51.100", "192.0.2")
"""Addresses that are kept for documentation."""


class Visitor:
    """One person who comes now and then."""

    __slots__ = ("came_at", "channel", "foreign_id", "user_id", "vip_level")

    def __init__(self, user_id: int, channel: str) -> None:
        self.user_id = user_id
        self.channel = channel
        self.foreign_id = ""
        """What the shop calls them; empty until it knows who they are."""
        self.vip_level = 0
        self.came_at = 0


class Visit(NamedTuple):
    """One coming."""

    visitor: Visitor
    topic: int
    """The group that their trouble belongs to."""
    circumstances: dict[str, Any]
    """Where from: the attributes of SessionOpened that are the same in every session of the visit."""


class Visitors:
    """Draws who comes next."""

    __slots__ = ("_chance", "_remembered", "_user_id", "_writes_over")

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._user_id = 10_000_000 + chance.between(0, 9_999_999) * 50
        self._remembered: list[Visitor] = []
        self._writes_over = 0

    def come(self, at: int, surge_group: int | None) -> Visit:
        """Whoever comes at that moment."""
        chance = self._chance
        visitor = self._known(at) or self._new(at)
        topic = _TOPICS.draw(chance)
        if surge_group is not None and chance.happens(_SURGE_SHARE):
            topic = surge_group
        elif visitor.vip_level >= _TIER_OF_MEMBERS_DESK:
            topic = MEMBERS
        circumstances = _circumstances(chance, visitor.channel)
        circumstances["previous_visit_at"] = visitor.came_at
        visitor.came_at = at
        return Visit(visitor, topic, circumstances)

    def _known(self, at: int) -> Visitor | None:
        chance = self._chance
        if not self._remembered or not chance.happens(_RETURNING_SHARE):
            return None
        visitor = chance.pick(self._remembered)
        return visitor if visitor.came_at + _BACK_AFTER_MS < at else None

    def _new(self, at: int) -> Visitor:
        chance = self._chance
        self._user_id += chance.between(1, 60)
        visitor = Visitor(self._user_id, _CHANNELS.draw(chance))
        if chance.happens(_KNOWN_SHARE):
            visitor.foreign_id = member_name(visitor.user_id)
            visitor.vip_level = _TIERS.draw(chance)
        if chance.happens(_CAME_BEFORE_SHARE):
            visitor.came_at = at - 2 * _BACK_AFTER_MS - chance.heavy(_CAME_BEFORE_MS, WIDE)
        if len(self._remembered) < _REMEMBERED_MAX:
            self._remembered.append(visitor)
        else:
            self._remembered[self._writes_over] = visitor
            self._writes_over = (self._writes_over + 1) % _REMEMBERED_MAX
        return visitor


def member_name(user_id: int) -> str:
    """What the shop calls the visitor of that id."""
    return f"member-{user_id * 7919 % 10_000_019:08d}"


def identity_of(visitor: Visitor) -> dict[str, Any]:
    """Who they are, as far as is known: attributes of SessionOpened and VisitorIdentified."""
    return {"user_id": visitor.user_id, "foreign_id": visitor.foreign_id, "vip_level": visitor.vip_level}


def _circumstances(chance: Chance, channel: str) -> dict[str, Any]:
    """Where they come from; only browsers know how they were found."""
    title, page = chance.pick(words.PAGES_OF_CHANNEL.get(channel, words.PAGES))
    circumstances = {
        "from_type": channel,
        "from_ip": f"{chance.pick(_NETWORKS)}.{chance.between(1, 254)}",
        "from_title": title,
        "from_page": page,
        "origin_platform": chance.pick(words.PLATFORMS_OF_CHANNEL.get(channel, words.PLATFORMS)),
    }
    if channel == "web":
        circumstances["land_page"] = chance.pick(words.PAGES)[1]
        if circumstances["origin_platform"] in words.SEARCH_ENGINES and chance.happens(_SEARCH_SHARE):
            circumstances["search_key"] = chance.pick(words.SEARCH_KEYS)
    return circumstances
