"""Reading a body as one JSON object is total, whatever the parser of the day raises."""

from __future__ import annotations

import pytest

from afterchat.contract import json_body
from afterchat.contract.json_body import NoObject, parse_json, read_object


@pytest.mark.parametrize("error", [ValueError("a limit of another release"), RecursionError("the stack is full")])
def test_what_the_parser_raises_on_its_own_account_is_no_object(monkeypatch, error):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(json_body.json, "loads", fail)

    assert NoObject("not JSON") == parse_json("{}") == read_object(b"{}")
