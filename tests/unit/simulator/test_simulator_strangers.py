"""Strangers' sessions are those of the made-up shop in every number, and nobody's in every word."""

import re
from itertools import islice

from afterchat.contract.codec import Decoded, decode, encode
from afterchat.simulator.sessions import made_up_sessions
from afterchat.simulator.strangers import strangers_sessions

COUNT = 200


def strangers(seed=5):
    return list(islice(strangers_sessions(seed), COUNT))


def test_the_same_seed_gives_the_same_strangers_and_another_one_others():
    assert strangers() == strangers()
    assert strangers() != strangers(6)


def test_ids_and_moments_are_those_of_the_made_up_sessions():
    def numbers(records):
        return [(record.id, record.start_time, record.end_time, record.close_reason) for record in records]

    assert numbers(islice(made_up_sessions(5), COUNT)) == numbers(strangers())


def test_no_word_of_the_shop_is_left():
    known = {
        text
        for record in islice(made_up_sessions(5), COUNT)
        for text in (record.staff_name, record.from_group, record.category, record.remarks)
        if len(text) > 2
    }
    written = {text for record in strangers() for text in (record.staff_name, record.from_group, record.category)}

    assert set() == written & known


def test_every_stranger_is_a_record_that_can_be_pushed_and_read():
    for record in strangers():
        read = decode(encode(record))
        assert isinstance(read, Decoded)
        assert (record, ()) == (read.record, tuple(read.problems))


def test_every_address_is_one_that_nobody_can_have():
    pages = {page for record in strangers() for page in (record.from_page, record.land_page)}

    assert [] == [page for page in pages if not re.match(r"https://www\.[a-z0-9]+\.example/", page)]
