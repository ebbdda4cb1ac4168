"""What people of the centre are called and write is Chinese, and nothing in it is anybody's real address."""

import re
from collections import defaultdict
from ipaddress import ip_address, ip_network

import pytest

from afterchat.engine import StaffAssigned
from afterchat.simulator.centre.draws import Chance
from afterchat.simulator.centre.roster import hired

CHINESE_NAME = re.compile("[\u4e00-\u9fff]{2,4}")
CHINESE = re.compile("[\u4e00-\u9fff]")
DOCUMENTATION = [ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]


@pytest.fixture(scope="module")
def records(week):
    return [one.record for one in week]


def test_staff_have_chinese_names_and_each_number_one_name(week):
    names = defaultdict(set)
    for one in week:
        for event in one.events:
            if isinstance(event, StaffAssigned):
                names[event.staff_id].add(event.staff_name)

    assert len(names) >= 24
    assert {1} == {len(called) for called in names.values()}
    assert [] == [called for called in set.union(*names.values()) if not CHINESE_NAME.fullmatch(called)]


def test_a_hundred_people_have_a_hundred_names():
    assert 100 == len({one.name for one in hired(Chance(1), 100)})


@pytest.mark.parametrize("field", ["category", "remarks", "from_group", "evaluation_remark", "transfer_remarks"])
def test_what_people_write_down_is_chinese_and_of_many_kinds(records, field):
    written = [text for record in records if (text := getattr(record, field))]

    kinds = set(written)
    assert len(kinds) >= 3
    assert sum(CHINESE.search(text) is not None for text in written) > 0.9 * len(written)


def test_no_address_is_one_that_somebody_has(records):
    addresses = {ip_address(record.from_ip) for record in records if record.from_ip}

    assert len(addresses) > 100
    assert [] == [one for one in addresses if not any(one in network for network in DOCUMENTATION)]
