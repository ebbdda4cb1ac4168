"""From facts to the record: the rules of all fields, in the order of the field table.

Every field has exactly one rule; a field without one, or with two, fails when this file is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from afterchat.contract.record import FIELDS, SessionRecord
from afterchat.engine.facts import Facts
from afterchat.engine.rules.links import LINK_RULES
from afterchat.engine.rules.rating import RATING_RULES
from afterchat.engine.rules.rule import Rule
from afterchat.engine.rules.service import SERVICE_RULES
from afterchat.engine.rules.talk import TALK_RULES
from afterchat.engine.rules.visitor import VISITOR_RULES

__all__ = ["RULES", "summarise"]

_BY_FIELD = {rule.field: rule for rule in (*VISITOR_RULES, *SERVICE_RULES, *TALK_RULES, *RATING_RULES, *LINK_RULES)}

RULES: Mapping[str, Rule] = MappingProxyType({field.name: _BY_FIELD[field.name] for field in FIELDS})
"""Every field's rule by its name, in the order of the vendor's page."""

_COMPUTE = tuple((name, rule.compute) for name, rule in RULES.items())


def summarise(facts: Facts) -> SessionRecord:
    """The record of a session that ended; `facts.opened` and `facts.closed` must be there."""
    return SessionRecord(**{name: compute(facts) for name, compute in _COMPUTE})
