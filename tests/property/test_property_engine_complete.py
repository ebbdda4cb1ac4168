"""No field of the record is without a rule, a worked example and a property, and no property is without power.

The properties stand in `test_property_engine_fields`, each under the fields that it speaks of.
"""

import msgspec
import pytest
from engine_strategies import play
from test_property_engine_fields import PROPERTIES

from afterchat.contract.record import FIELDS, CustomField
from afterchat.engine.rules.told import STORIES
from afterchat.engine.stories import events_of
from afterchat.engine.summary import RULES

SESSIONS = [play(events_of(story)) for story in STORIES]
NONE_OF = {field.name: field.none for field in FIELDS}
ONE_MORE = {
    int: lambda value: value + 1,
    str: lambda value: value + "1",
    tuple: lambda value: (*value, CustomField("", "", "")),
}


def gaps(rules, properties):
    """What is missing of what every field should have, one line each; names that are no field, too."""
    for field in FIELDS:
        if field.name not in rules:
            yield f"{field.name} has no rule"
        elif not rules[field.name].examples:
            yield f"{field.name} has no example"
        if not properties.get(field.name):
            yield f"{field.name} has no property"
    yield from (f"{name} is no field" for name in {*rules, *properties} - NONE_OF.keys())


def is_noticed(name, change):
    """Whether a property of that field fails in one of the stories when the field's value is changed."""
    for session in SESSIONS:
        wrong = change(getattr(session.record, name))
        changed = session._replace(record=msgspec.structs.replace(session.record, **{name: wrong}))
        for check in PROPERTIES[name]:
            try:
                check(changed)
            except AssertionError:
                return True
    return False


def test_every_field_has_a_rule_an_example_and_a_property():
    assert list(gaps(RULES, PROPERTIES)) == []
    assert len(FIELDS) == 59


@pytest.mark.parametrize("name", NONE_OF)
def test_a_field_that_lacks_one_of_them_is_named(name):
    without_rule = {field: rule for field, rule in RULES.items() if field != name}
    without_example = {**RULES, name: RULES[name]._replace(examples=())}

    assert list(gaps(without_rule, PROPERTIES)) == [f"{name} has no rule"]
    assert list(gaps(without_example, PROPERTIES)) == [f"{name} has no example"]
    assert list(gaps(RULES, {**PROPERTIES, name: []})) == [f"{name} has no property"]
    assert list(gaps(RULES, {**PROPERTIES, name + "s": []})) == [f"{name}s is no field"]


def test_every_property_holds_in_every_story():
    for check in {check for checks in PROPERTIES.values() for check in checks}:
        for session in SESSIONS:
            check(session)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_a_wrong_value_is_noticed(field):
    assert is_noticed(field.name, ONE_MORE[field.type])


@pytest.mark.parametrize("name", NONE_OF)
def test_a_value_that_is_never_given_is_noticed(name):
    assert is_noticed(name, lambda value: NONE_OF[name])
