"""The judge of a sender: compares what was handed in, what its store holds, and what arrived.

    S1  lost         an acknowledged step is not in the journal
    S1  half_born    a step that is there in part, or without exactly the pushes and entries that follow from it
    S2  unbalanced   the store's own sums are not the recount's
    S3  dishonest    an entry is delivered, and nobody ever answered its push 200
    S4  undelivered  an entry that should be delivered by now is not
    S6  excess       an entry arrived more often than its attempts and the crashes that held it explain
    S7  misdated     a signature that is not of its moment, or not over the bytes that came
        alien        a stored or arrived record that follows from nothing that was handed in
        altered      stored bytes whose sha256 is not the one beside them; a push id that came with two bodies
        disordered   a record of a session after a later one of it, or in the same second
        damage       what SQLite's own integrity check says

Rules:
- Shares nothing with the product: it signs, hashes and reads by itself, and records are known by their bytes.
- What nobody acknowledged may be there or not, but never in part.
- `excused` says for each entry how often a crash, an expired lease or a lying network may have hidden an attempt.

What does not belong here: reading the store (`outbox_reading.py`), and deciding what a run should have done.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from experiments.client import checksum
from experiments.handing import Handed
from experiments.outbox_reading import Outbox, StoredEntry, StoredTalk
from experiments.server import SECRET
from experiments.sink import Arrival
from experiments.talks import Talk

__all__ = ["KINDS", "Judgement", "judge_sending", "signature_fault", "webhook_signature"]

SHOWN_MAX = 5
DRIFT_SECONDS_MAX = 2
KINDS = (
    *("lost", "half_born", "unbalanced", "dishonest", "undelivered", "excess"),
    *("misdated", "alien", "altered", "disordered", "damage"),
)


class Judgement(NamedTuple):
    """What the judge found: faults by kind, all of them empty in a clean run; and what it counted."""

    found: dict[str, list[str]]
    acknowledged: int
    """Steps that were answered 200."""
    entries: int
    arrivals: int
    repeated: int
    """Arrivals beyond the first of each record at each path."""

    @property
    def faults(self) -> dict[str, list[str]]:
        """What was found, by kind; empty when clean."""
        return {kind: found[:SHOWN_MAX] for kind, found in self.found.items() if found}

    def sentence(self) -> str:
        """For the figure line."""
        shown = ", ".join(f"{len(self.found[kind])} {kind}" for kind in KINDS[:6])
        return f"{self.acknowledged:,} steps acked, {self.arrivals:,} arrivals of {self.entries:,} entries, {shown}"

    def figures(self) -> dict[str, int]:
        """For the result line."""
        return {
            "acked": self.acknowledged,
            "stored": self.entries,
            "lost": len(self.found["lost"]) + len(self.found["half_born"]),
            "dup": self.repeated,
            "altered": len(self.found["altered"]) + len(self.found["alien"]),
        }


def judge_sending(
    handed: Handed,
    outbox: Outbox,
    arrivals: Sequence[Arrival],
    *,
    excused: Mapping[int, int] | None = None,
    is_drained: bool = True,
    offsets: Callable[[Arrival], Sequence[float]] = lambda _: (0.0,),
) -> Judgement:
    """Judge one store by what was handed in and what arrived; `is_drained` says that nothing should be open.

    `offsets` says by how many seconds the sender's clock may have been off when it signed.
    """
    by_record: dict[tuple[str, bytes], list[Arrival]] = defaultdict(list)
    for arrival in arrivals:
        by_record[arrival.path, arrival.body].append(arrival)
    finders: dict[str, Iterable[str]] = {
        "lost": lost(handed, outbox),
        "half_born": half_born(handed, outbox),
        "unbalanced": unbalanced(outbox),
        "dishonest": dishonest(outbox, by_record),
        "undelivered": (shown(entry) for entry in outbox.entries if is_drained and entry.state != "delivered"),
        "excess": excess(outbox, by_record, excused or {}),
        "misdated": (fault for each in arrivals if (fault := signature_fault(each, offsets(each)))),
        "alien": alien(handed, outbox, arrivals),
        "altered": altered(outbox, arrivals),
        "disordered": disordered(handed, arrivals),
        "damage": outbox.damage,
    }
    return Judgement(
        found={kind: list(finders[kind]) for kind in KINDS},
        acknowledged=handed.outcomes["ok"],
        entries=len(outbox.entries),
        arrivals=len(arrivals),
        repeated=len(arrivals) - len(by_record),
    )


def shown(entry: StoredEntry) -> str:
    """Short enough for a message, long enough to find."""
    return f"entry {entry.id} at endpoint {entry.endpoint_id}: {entry.state}, {entry.attempt_count} attempts"


def kept_steps(each: Talk, stored: StoredTalk | None) -> int:
    """How many of a talk's first steps the journal has whole."""
    count = 0
    while stored and count < len(each.steps) and stored.event_ids.issuperset(each.steps[count].event_ids):
        count += 1
    return count


def lost(handed: Handed, outbox: Outbox) -> Iterable[str]:
    """Acknowledged steps that are not there."""
    for number, each in handed.talks.items():
        kept = kept_steps(each, outbox.talks.get(number))
        if kept < handed.acknowledged[number]:
            yield f"of talk {number} {handed.acknowledged[number]} steps were acknowledged and {kept} are kept"


def half_born(handed: Handed, outbox: Outbox) -> Iterable[str]:
    """Talks whose events, end, pushes and entries are not those of one and the same step."""
    bodies: dict[int, list[bytes]] = defaultdict(list)
    for push in outbox.pushes.values():
        bodies[push.session_id].append(push.body)
    entry_counts = Counter(entry.push_id for entry in outbox.entries)
    for push_id, push in outbox.pushes.items():
        if entry_counts[push_id] != len(outbox.endpoint_paths):
            yield f"push {push_id} of talk {push.session_id} has {entry_counts[push_id]} entries"
    for number, stored in outbox.talks.items():
        each = handed.talks.get(number)
        if each is None:
            continue
        steps = each.steps[: kept_steps(each, stored)]
        own = {event_id for step in steps for event_id in step.event_ids}
        stray = {event_id for event_id in stored.event_ids - own if not event_id.startswith("due:")}
        records = [step.record for step in steps if step.record]
        if stray or bodies[number] != records or stored.push_count != len(records):
            yield (
                f"talk {number} has {len(steps)} whole steps, {len(stray)} stray events and {len(bodies[number])} "
                f"pushes of {stored.push_count} counted; {len(records)} should be there"
            )
        if (stored.ended_at is not None) != bool(records):
            yield f"talk {number} ended at {stored.ended_at} and has {len(records)} records"


def unbalanced(outbox: Outbox) -> Iterable[str]:
    """Sums that the store keeps and that are not the recount's."""
    recount = Counter((entry.endpoint_id, entry.state) for entry in outbox.entries)
    if dict(recount) != outbox.counts:
        yield f"entries are {dict(recount)} and are counted as {outbox.counts}"
    counted = {
        "sessions": len(outbox.talks),
        "open": sum(each.ended_at is None for each in outbox.talks.values()),
        "events": sum(len(each.event_ids) for each in outbox.talks.values()),
        "pushes": len(outbox.pushes),
        "created": len(outbox.entries),
        "purged": 0,
    }
    if counted != outbox.totals:
        yield f"there are {counted}, the store says {outbox.totals}"


def dishonest(outbox: Outbox, by_record: Mapping[tuple[str, bytes], Sequence[Arrival]]) -> Iterable[str]:
    """Delivered entries whose push nobody answered 200."""
    for entry in outbox.entries:
        if entry.state == "delivered" and not any(one.told == 200 for one in arrivals_of(entry, outbox, by_record)):
            yield shown(entry)


def excess(
    outbox: Outbox, by_record: Mapping[tuple[str, bytes], Sequence[Arrival]], excused: Mapping[int, int]
) -> Iterable[str]:
    """Entries that arrived more often than is explained."""
    for entry in outbox.entries:
        came = len(arrivals_of(entry, outbox, by_record))
        explained = len(outbox.attempts.get(entry.id, ())) + excused.get(entry.id, 0)
        if came > explained:
            yield f"{shown(entry)}; it arrived {came} times, which {explained} attempts and crashes explain"


def arrivals_of(
    entry: StoredEntry, outbox: Outbox, by_record: Mapping[tuple[str, bytes], Sequence[Arrival]]
) -> Sequence[Arrival]:
    """Every time that this entry's record arrived at its endpoint."""
    push = outbox.pushes.get(entry.push_id)
    return by_record.get((outbox.endpoint_paths[entry.endpoint_id], push.body), ()) if push else ()


def alien(handed: Handed, outbox: Outbox, arrivals: Sequence[Arrival]) -> Iterable[str]:
    """Records that follow from nothing that was handed in."""
    known = {body for each in handed.talks.values() for body in each.records}
    yield from (f"session {number} was never handed in" for number in outbox.talks if number not in handed.talks)
    yield from (f"push {id_} follows from nothing" for id_, push in outbox.pushes.items() if push.body not in known)
    yield from (f"at {each.path} arrived {each.body[:60]!r}" for each in arrivals if each.body not in known)


def altered(outbox: Outbox, arrivals: Sequence[Arrival]) -> Iterable[str]:
    """Bodies that are not what their digest says, or not what they were at another attempt."""
    for push_id, push in outbox.pushes.items():
        sha256 = hashlib.sha256(push.body).hexdigest()
        if sha256 != push.sha256:
            yield f"push {push_id} is marked {push.sha256[:12]} and hashes to {sha256[:12]}"
    bodies: dict[str, set[bytes]] = defaultdict(set)
    for arrival in arrivals:
        bodies[arrival.headers["webhook-id"]].add(arrival.body)
    yield from (f"{push} came with {len(different)} bodies" for push, different in bodies.items() if len(different) > 1)


def disordered(handed: Handed, arrivals: Sequence[Arrival]) -> Iterable[str]:
    """Records of a session that came after a later one, or were signed no later than an earlier one."""
    rank = {body: (number, n) for number, each in handed.talks.items() for n, body in enumerate(each.records)}
    last: dict[tuple[str, int], tuple[int, int]] = {}
    for arrival in arrivals:
        if arrival.body not in rank:
            continue
        number, revision = rank[arrival.body]
        signed_at = int(arrival.query["time"])
        before, before_signed_at = last.get((arrival.path, number), (revision, 0))
        if revision < before or (revision > before and signed_at <= before_signed_at):
            yield f"record {revision} of talk {number}, signed at {signed_at}, after {before} of {before_signed_at}"
        last[arrival.path, number] = revision, signed_at


def signature_fault(arrival: Arrival, offsets: Sequence[float] = (0.0,)) -> str:
    """What is wrong with one push's signatures and their time; empty when nothing is."""
    signed_at = int(arrival.query["time"])
    drift = min((signed_at - arrival.at_ms / 1000 - offset for offset in offsets), key=abs)
    named = arrival.headers["webhook-id"], arrival.headers["webhook-timestamp"]
    own = webhook_signature(*named, arrival.body)
    if abs(drift) > DRIFT_SECONDS_MAX:
        return f"{named[0]} came signed {drift:+.1f} s off"
    if arrival.query["checksum"] != checksum(SECRET, arrival.body, signed_at):
        return f"the checksum of {named[0]} is not of its bytes"
    if own not in arrival.headers["webhook-signature"].split(" ") or named[1] != str(signed_at):
        return f"the webhook signature of {named[0]} is not of its bytes and time"
    return ""


def webhook_signature(message_id: str, timestamp: str, body: bytes) -> str:
    """The signature that Standard Webhooks asks for, made with SECRET."""
    content = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(SECRET.encode(), content, hashlib.sha256).digest()).decode()
