"""The settings on where pushes may go, as rules; a list that cannot be read stops the program with its remedy."""

from __future__ import annotations

import pytest

from afterchat.errors import SettingsError
from afterchat.sender.addresses import AddressRules
from afterchat.server.targets import address_rules
from afterchat.settings import read_settings


def rules(**settings):
    return address_rules(read_settings({}, overrides=settings))


def test_by_default_nothing_private_and_no_plain_http_is_allowed():
    made = rules()

    assert AddressRules(ports=made.ports) == made
    assert 443 in made.ports


def test_lists_are_read_with_or_without_blanks():
    assert rules(target_ports="443,8443").ports == rules(target_ports=" 443 , 8443 ,").ports == {443, 8443}
    assert rules(allowed_targets="10.1.0.0/16,::1").allowed == rules(allowed_targets=" 10.1.0.0/16 , ::1").allowed


def test_plain_http_needs_a_yes():
    assert (True, False) == tuple(rules(allow_http_endpoints=said).is_http_allowed for said in ("yes", "no"))


@pytest.mark.parametrize("ports", ["0", "65536", "443,http", "-1", "443;80", "٤٤٣", "443,4.5"])
def test_a_port_that_is_none_is_an_error_that_says_what_is_one(ports):
    with pytest.raises(SettingsError, match="1 to 65535"):
        rules(target_ports=ports)


@pytest.mark.parametrize("targets", ["10.0.0.0/33", "10.0.0.1.5", "10.0.0.0/8;::1", "*"])
def test_a_target_that_cannot_be_read_is_an_error_that_names_the_setting(targets):
    with pytest.raises(SettingsError, match="'allowed_targets'"):
        rules(allowed_targets=targets)
