"""What every projection promises."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from afterchat.columns.layout import change_of
from afterchat.contract.record import FIELDS, CustomField
from afterchat.errors import FilterError
from afterchat.simulator.sessions import made_up_sessions
from afterchat.store.changes import CHANGE_COLUMNS, Remainder
from afterchat.store.open import Store
from afterchat.store.ports import DriftNote, Repeat, SessionQuery, SessionRow, Unreadable
from conformance.cast import ARRIVED_AT, SIGNED_AT, batch, projected, record

ALL = SessionQuery(None, (), None, 100)


def current(store: Store, session_id: int = 1, tenant: str = "default") -> SessionRow:
    return asyncio.run(store.records.get(tenant, session_id))[0]


def test_a_record_is_given_back_whole(store: Store) -> None:
    made = list(itertools.islice(made_up_sessions(11), 40))
    pushes = [projected(n, one.id)._replace(record=one) for n, one in enumerate(made, 1)]
    asyncio.run(store.records.apply(batch(pushes)))

    assert made == [current(store, one.id).record for one in made]


def test_a_row_says_where_it_came_from(store: Store) -> None:
    asyncio.run(store.records.apply(batch([projected(5, problems=("vipLevel: 不是数字",))])))

    expected = SessionRow(
        tenant="default",
        inbox_id=5,
        signed_at=SIGNED_AT,
        arrived_at=ARRIVED_AT + 5,
        revision_count=1,
        problems=("vipLevel: 不是数字",),
        record=record(1),
    )
    assert expected == current(store)


def test_integers_of_64_bits_and_every_unicode_text_survive(store: Store) -> None:
    values = {
        "staff_id": 2**63 - 1,
        "user_id": -(2**63),
        "remarks": "一\u0001🙂\u202e'\"%_;--",
        "land_page": "a" * 9999,
    }
    asyncio.run(store.records.apply(batch([projected(1, **values)])))

    assert record(1, **values) == current(store).record


def test_a_record_that_cannot_be_stored_costs_its_neighbours_nothing(store: Store) -> None:
    bad = projected(2, 2, staff_id=2**63, remarks="x")
    worse = projected(3, 3, remarks="\ud800")
    asyncio.run(store.records.apply(batch([projected(1), bad, worse, projected(4, 4)])))

    assert [4, 1] == [row.record.id for row in asyncio.run(store.records.page(ALL))]
    listed = asyncio.run(store.records.unreadable(None, 10))
    assert [(3, ARRIVED_AT + 3), (2, ARRIVED_AT + 2)] == [(one.inbox_id, one.arrived_at) for one in listed]
    assert all(one.reason.startswith("the store cannot hold this record: ") for one in listed)


def test_the_latest_signed_revision_is_current_whatever_came_first(store: Store) -> None:
    newer = projected(1, signed_at=SIGNED_AT + 9, evaluation=100)
    older = projected(2, signed_at=SIGNED_AT, evaluation=1)
    asyncio.run(store.records.apply(batch([newer])))
    asyncio.run(store.records.apply(batch([older])))

    assert (100, 2) == (current(store).record.evaluation, current(store).revision_count)
    revisions = asyncio.run(store.records.revisions("default", 1))
    assert [(1, True), (2, False)] == [(one.inbox_id, one.is_current) for one in revisions]


def test_within_one_second_the_later_moment_inside_the_record_wins(store: Store) -> None:
    rated = projected(1, user_join_evaluate_time="1800000009999", evaluation=100)
    asyncio.run(store.records.apply(batch([rated, projected(2)])))

    assert 100 == current(store).record.evaluation


def test_else_the_hash_decides(store: Store) -> None:
    pushes = [projected(1), projected(2), projected(3)]
    asyncio.run(store.records.apply(batch(pushes)))

    assert max(pushes, key=lambda one: one.sha256).inbox_id == current(store).inbox_id


def test_a_repeat_makes_an_older_revision_current_again(store: Store) -> None:
    first = projected(1, signed_at=SIGNED_AT, evaluation=100)
    second = projected(2, signed_at=SIGNED_AT + 10, evaluation=1)
    asyncio.run(store.records.apply(batch([first, second])))
    repeat = Repeat(1, 1, SIGNED_AT + 20)
    asyncio.run(store.records.apply(batch([first._replace(signed_at=SIGNED_AT + 20)], repeats=[repeat])))

    row = current(store)
    assert (100, SIGNED_AT + 20, 2) == (row.record.evaluation, row.signed_at, row.revision_count)
    assert (2, 1) == asyncio.run(store.records.cursors())


def test_a_repeat_of_the_current_revision_raises_its_signed_time_and_outranks_what_comes_late(store: Store) -> None:
    asyncio.run(store.records.apply(batch([projected(1, evaluation=100)])))
    asyncio.run(store.records.apply(batch(repeats=[Repeat(1, 1, SIGNED_AT + 20)])))
    asyncio.run(store.records.apply(batch([projected(2, signed_at=SIGNED_AT + 10, evaluation=1)])))

    assert (100, SIGNED_AT + 20) == (current(store).record.evaluation, current(store).signed_at)


def test_a_push_that_is_handed_in_again_under_a_later_time_counts_by_that_time(store: Store) -> None:
    push = projected(1, evaluation=100)
    asyncio.run(store.records.apply(batch([push])))
    asyncio.run(store.records.apply(batch([push._replace(signed_at=SIGNED_AT + 20)])))
    asyncio.run(store.records.apply(batch([projected(2, signed_at=SIGNED_AT + 10, evaluation=1)])))

    assert (1, SIGNED_AT + 20, 2) == (
        current(store).inbox_id,
        current(store).signed_at,
        current(store).revision_count,
    )


def test_a_repeat_that_is_applied_before_its_push_counts(store: Store) -> None:
    asyncio.run(store.records.apply(batch(repeats=[Repeat(1, 1, SIGNED_AT + 20)])))
    asyncio.run(store.records.apply(batch([projected(2, signed_at=SIGNED_AT + 10), projected(1)])))

    assert (1, SIGNED_AT + 20) == (current(store).inbox_id, current(store).signed_at)


def test_of_several_repeats_before_the_push_the_latest_counts(store: Store) -> None:
    for number, offset in ((1, 20), (2, 5)):
        asyncio.run(store.records.apply(batch(repeats=[Repeat(number, 1, SIGNED_AT + offset)])))
    asyncio.run(store.records.apply(batch([projected(2, signed_at=SIGNED_AT + 10), projected(1)])))

    assert (1, SIGNED_AT + 20) == (current(store).inbox_id, current(store).signed_at)


def test_applying_a_batch_again_changes_nothing(store: Store) -> None:
    note = DriftNote("default", "value", "closeReason", "99", 5)
    applied = batch(
        [projected(1), projected(2, problems=("id: x",)), projected(3, 3)],
        repeats=[Repeat(1, 1, SIGNED_AT + 5)],
        unreadable=[Unreadable(4, "default", 7, "not JSON")],
        drift=[note, note],
        other_event_count=2,
        inbox_cursor=6,
    )
    seen = []
    for _ in range(3):
        asyncio.run(store.records.apply(applied))
        seen.append(
            (
                asyncio.run(store.records.counts()),
                asyncio.run(store.records.page(ALL)),
                asyncio.run(store.records.drift(None)),
                asyncio.run(store.records.unreadable(None, 9)),
                asyncio.run(store.records.cursors()),
            )
        )

    assert [seen[0]] * 2 == seen[1:]
    assert 2 == seen[0][0]["sessions"]
    assert [(note, 2, 5)] == seen[0][2]


def test_cursors_start_at_nothing_and_never_go_back(store: Store) -> None:
    assert (0, 0) == asyncio.run(store.records.cursors())
    asyncio.run(store.records.apply(batch(inbox_cursor=9, repeat_cursor=4)))
    asyncio.run(store.records.apply(batch(inbox_cursor=3, repeat_cursor=2)))

    assert (9, 4) == asyncio.run(store.records.cursors())


def test_counts_follow_every_change(store: Store) -> None:
    asyncio.run(
        store.records.apply(
            batch(
                [projected(1, problems=("a: b",)), projected(2, 2)],
                unreadable=[Unreadable(3, "default", 7, "空")],
                drift=[DriftNote("default", "field", "extra", "1", 5)],
                other_event_count=4,
                inbox_cursor=7,
            )
        )
    )
    asyncio.run(store.records.apply(batch([projected(8, signed_at=SIGNED_AT + 1)])))

    expected = {
        "sessions": 2,
        "revisions": 3,
        "unreadable": 1,
        "other_events": 4,
        "with_problems": 0,
        "drift": 1,
        "drift_dropped": 0,
    }
    assert expected == asyncio.run(store.records.counts())


def test_pages_follow_each_other_by_end_then_tenant_then_id(store: Store) -> None:
    ends = [5, 5, 5, 9, 1, 5]
    tenants = ["b", "a", "b", "a", "a", "c"]
    pushes = [projected(n, n, tenant=tenants[n - 1], end_time=ends[n - 1]) for n in range(1, 7)]
    asyncio.run(store.records.apply(batch(pushes)))
    expected = sorted(((one.record.end_time, one.tenant, one.session_id) for one in pushes), reverse=True)

    seen: list[tuple[int, str, int]] = []
    while page := asyncio.run(store.records.page(SessionQuery(None, (), seen[-1] if seen else None, 2))):
        seen += [(row.record.end_time, row.tenant, row.record.id) for row in page]
    assert expected == seen


def test_a_page_of_one_tenant_holds_nothing_of_another(store: Store) -> None:
    asyncio.run(store.records.apply(batch([projected(1, tenant="a"), projected(2, tenant="b")])))

    assert ["a"] == [row.tenant for row in asyncio.run(store.records.page(SessionQuery("a", (), None, 9)))]
    assert [] == asyncio.run(store.records.page(SessionQuery("nobody", (), None, 9)))
    assert [] == asyncio.run(store.records.get("b", 2))


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ((("staff_id", "=", 3),), [3]),
        ((("staff_id", "<", 3),), [2, 1]),
        ((("staff_id", ">=", 3),), [4, 3]),
        ((("staff_id", ">=", 2), ("staff_name", "=", "乙")), [4, 2]),
        ((("staff_name", "=", "' OR 1=1 --"),), []),
    ],
)
def test_conditions_are_all_met(
    store: Store, conditions: tuple[tuple[str, str, object], ...], expected: list[int]
) -> None:
    pushes = [projected(n, n, staff_id=n, staff_name="乙" if n % 2 == 0 else "甲") for n in range(1, 5)]
    asyncio.run(store.records.apply(batch(pushes)))

    page = asyncio.run(store.records.page(SessionQuery(None, conditions, None, 9)))
    assert expected == [row.record.id for row in page]


@pytest.mark.parametrize(
    "condition",
    [
        ("sha256", "=", 1),
        ("1=1; --", "=", 1),
        ("staff_id", "LIKE", 1),
        ("staff_id", "=", 2**63),
        ("staff_id", "=", None),
    ],
)
def test_a_condition_that_no_field_can_answer_is_refused(store: Store, condition: tuple[str, str, object]) -> None:
    with pytest.raises(FilterError):
        asyncio.run(store.records.page(SessionQuery(None, (condition,), None, 9)))


def test_every_plain_field_can_be_asked_for(store: Store) -> None:
    push = projected(1)
    asyncio.run(store.records.apply(batch([push])))

    for field in FIELDS:
        if field.type in (int, str):
            condition = (field.name, "=", getattr(push.record, field.name))
            page = asyncio.run(store.records.page(SessionQuery(None, (condition,), None, 9)))
            assert [1] == [row.record.id for row in page], field.name


def test_one_session_is_found_for_each_tenant_that_has_it(store: Store) -> None:
    asyncio.run(store.records.apply(batch([projected(1, tenant="b"), projected(2, tenant="a"), projected(3, 9)])))

    assert ["a", "b"] == [row.tenant for row in asyncio.run(store.records.get(None, 1))]
    assert [] == asyncio.run(store.records.get(None, 2**70))
    assert [] == asyncio.run(store.records.revisions("a", 2**70))


def test_unreadable_pushes_are_listed_newest_first_and_by_tenant(store: Store) -> None:
    rows = [Unreadable(1, "a", 5, "空"), Unreadable(2, "b", 6, "\ud800"), Unreadable(3, "a", 7, "不是 JSON")]
    asyncio.run(store.records.apply(batch(unreadable=rows, inbox_cursor=3)))

    assert [rows[2], rows[0]] == asyncio.run(store.records.unreadable("a", 9))
    assert [3, 2] == [one.inbox_id for one in asyncio.run(store.records.unreadable(None, 2))]


def test_drift_is_distinct_by_value_for_codes_and_by_field_for_the_rest(store: Store) -> None:
    def note(kind: str, sample: str, seen_at: int) -> DriftNote:
        return DriftNote("default", kind, "closeReason", sample, seen_at)

    first = batch(drift=[note("value", "99", 1), note("value", "98", 2), note("type", "a", 3)], inbox_cursor=1)
    second = batch(drift=[note("value", "99", 9), note("type", "b", 8)], inbox_cursor=2)
    asyncio.run(store.records.apply(first))
    asyncio.run(store.records.apply(second))

    expected = [(note("value", "99", 9), 2, 1), (note("type", "a", 8), 2, 3), (note("value", "98", 2), 1, 2)]
    assert expected == asyncio.run(store.records.drift("default"))
    assert [] == asyncio.run(store.records.drift("nobody"))


def test_of_notes_that_come_together_the_first_sample_is_shown_and_all_are_counted(store: Store) -> None:
    notes = [DriftNote("default", "type", "vipLevel", sample, seen_at) for sample, seen_at in (("a", 5), ("b", 3))]
    asyncio.run(store.records.apply(batch(drift=notes, inbox_cursor=1)))

    ((note, count, first_seen_at),) = asyncio.run(store.records.drift(None))
    assert ("a", 5, 2, 3) == (note.sample, note.seen_at, count, first_seen_at)


def test_drift_is_bounded_and_what_is_dropped_is_counted(store: Store) -> None:
    notes = [DriftNote("default", "field", f"extra{n}", "长" * 500, n) for n in range(1003)]
    asyncio.run(store.records.apply(batch(drift=notes, inbox_cursor=1)))

    counts = asyncio.run(store.records.counts())
    assert (1000, 3) == (counts["drift"], counts["drift_dropped"])
    assert {200} == {len(note.sample) for note, _, _ in asyncio.run(store.records.drift(None))}


def test_a_rebuild_replaces_everything_at_once(store: Store) -> None:
    async def rebuild() -> tuple[int, int]:
        await store.records.apply(batch([projected(1), projected(2, 2), projected(3, 3)]))
        rebuilt = await store.begin_rebuild()
        await rebuilt.apply(batch([projected(1, remarks="rebuilt")]))
        before = (await store.records.counts())["sessions"]
        await store.finish_rebuild()
        return before, (await store.records.counts())["sessions"]

    assert (3, 1) == asyncio.run(rebuild())
    assert "rebuilt" == current(store).record.remarks
    asyncio.run(store.records.apply(batch([projected(4, 4)])))
    assert [4, 1] == [row.record.id for row in asyncio.run(store.records.page(ALL))]


def test_what_arrives_after_a_rebuild_goes_to_its_own_tenant_whatever_order_the_rebuild_met_them_in(
    store: Store,
) -> None:
    async def rebuild() -> None:
        await store.records.apply(batch([projected(1, 1, tenant="acme"), projected(2, 1, tenant="other")]))
        rebuilt = await store.begin_rebuild()
        await rebuilt.apply(batch([projected(2, 1, tenant="other"), projected(1, 1, tenant="acme")]))
        await store.finish_rebuild()
        await store.records.apply(batch([projected(3, 7, tenant="acme"), projected(4, 8, tenant="other")]))

    asyncio.run(rebuild())
    assert ("acme", "other") == (current(store, 7, "acme").tenant, current(store, 8, "other").tenant)


def test_a_rebuild_that_is_begun_anew_starts_empty(store: Store) -> None:
    async def rebuild() -> int:
        first = await store.begin_rebuild()
        await first.apply(batch([projected(1)]))
        await store.begin_rebuild()
        await store.finish_rebuild()
        return (await store.records.counts())["sessions"]

    assert 0 == asyncio.run(rebuild())


def changes(store: Store, after: int = 0, count: int = 100) -> list[tuple[int, str, int]]:
    """(version, tenant, session id) of the feed."""
    place = CHANGE_COLUMNS.index("id")
    return [(row[0], row[1], row[place]) for row in asyncio.run(store.records.changes_after(after, count))]


def test_a_session_stands_in_the_feed_under_its_last_change_alone(store: Store) -> None:
    asyncio.run(store.records.apply(batch([projected(1, 1), projected(2, 2), projected(3, 3)])))
    first = changes(store)
    assert [("default", 1), ("default", 2), ("default", 3)] == [row[1:] for row in first]
    assert first[2:] == changes(store, first[1][0])
    assert first[:2] == changes(store, count=2)

    revised = projected(4, 1, remarks="later")._replace(signed_at=SIGNED_AT + 9)
    asyncio.run(store.records.apply(batch([revised])))
    assert [*first[1:], (first[-1][0] + 1, "default", 1)] == changes(store)


def test_whatever_a_row_of_the_feed_holds_is_told_when_it_changes(store: Store) -> None:
    asyncio.run(store.records.apply(batch([projected(5, 1), projected(6, 2)])))
    last = changes(store)[-1][0]
    older = projected(3, 1, remarks="earlier")._replace(signed_at=SIGNED_AT - 9)
    asyncio.run(store.records.apply(batch([older])))
    assert [("default", 1)] == [row[1:] for row in changes(store, last)], "the count of its revisions changed"

    last = changes(store)[-1][0]
    asyncio.run(store.records.apply(batch([], repeats=[Repeat(1, 6, SIGNED_AT + 5)])))
    assert [("default", 2)] == [row[1:] for row in changes(store, last)], "it was signed again"


def test_a_batch_that_is_applied_again_is_no_change(store: Store) -> None:
    pushes = batch([projected(1, 1), projected(2, 1, remarks="later")], repeats=[Repeat(1, 1, SIGNED_AT + 5)])
    asyncio.run(store.records.apply(pushes))
    before = changes(store)
    asyncio.run(store.records.apply(pushes))
    assert before == changes(store)


def test_a_row_of_the_feed_is_the_session_as_it_is(store: Store) -> None:
    made = list(itertools.islice(made_up_sessions(12), 20))
    asyncio.run(
        store.records.apply(batch([projected(n, one.id)._replace(record=one) for n, one in enumerate(made, 1)]))
    )
    rows = asyncio.run(store.records.changes_after(0, 100))
    kept = asyncio.run(store.records.get_many([(row[1], row[CHANGE_COLUMNS.index("id")]) for row in rows]))
    assert [change_of(one, row[0]) for one, row in zip(kept, rows, strict=True)] == rows


def test_rebuilt_records_have_another_name(store: Store) -> None:
    async def names() -> tuple[str, str, str]:
        before = await store.records.generation()
        rebuilt = await store.begin_rebuild()
        beside = await rebuilt.generation()
        await store.finish_rebuild()
        return before, beside, await store.records.generation()

    before, beside, after = asyncio.run(names())
    assert before
    assert before != after
    assert beside == after


def test_versions_stand_while_nobody_takes_them_back(store: Store) -> None:
    async def stand() -> list[bool]:
        await store.records.apply(batch([projected(1, 1), projected(2, 2)]))
        name = await store.records.generation()
        last = (await store.records.changes_after(0, 9))[-1][0]
        before = [await store.records.stands(*asked) for asked in ((name, last), (name, last + 1), ("other", last))]
        await store.begin_rebuild()
        await store.finish_rebuild()
        return [*before, await store.records.stands(name, last), await store.records.stands(name, 0)]

    assert [True, False, False, False, False] == asyncio.run(stand())


def test_many_sessions_come_in_the_order_asked_for_without_those_that_are_not_there(store: Store) -> None:
    pushes = [projected(1, 1), projected(2, 2), projected(3, 2)._replace(tenant="acme")]
    asyncio.run(store.records.apply(batch(pushes)))
    wanted = [("acme", 2), ("nobody", 1), ("default", 2**70), ("default", 1), ("default", 2), ("acme", 1)]
    found = asyncio.run(store.records.get_many(wanted))
    assert [("acme", 2), ("default", 1), ("default", 2)] == [(row.tenant, row.record.id) for row in found]
    assert [] == asyncio.run(store.records.get_many([]))


def test_what_the_feed_leaves_out_is_given_with_the_version_it_belongs_to(store: Store) -> None:
    custom = (CustomField("7", "颜色", "red"), CustomField("8", "", "\n"))
    asyncio.run(store.records.apply(batch([projected(1, 1, custom_field=custom), projected(2, 2, custom_field=())])))
    first, second = (row[0] for row in changes(store))
    found = asyncio.run(store.records.remainders([2, 9, 1]))
    assert [Remainder(second, (), ()), None, Remainder(first, (), custom)] == found

    revised = projected(3, 1, custom_field=())._replace(signed_at=SIGNED_AT + 9, problems=("startTime: no number",))
    asyncio.run(store.records.apply(batch([revised])))
    last = changes(store)[-1][0]
    found = asyncio.run(store.records.remainders([1, 3]))
    assert [None, Remainder(last, ("startTime: no number",), ())] == found, "push 1 is no session's any more"
