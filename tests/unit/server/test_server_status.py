"""The snapshot of the running server adds up, with every push in exactly one place."""

from __future__ import annotations

import asyncio

from afterchat import __version__
from afterchat.clock import SystemClock
from afterchat.contract.ack import Reason
from afterchat.edge.counts import EdgeCounts
from afterchat.receiver.receiver import Receiver, ReceiverLimits
from afterchat.server.child import Beside
from afterchat.server.status import StatusSource
from afterchat.store.open import WRITABLE, open_store
from afterchat.web.status import READINESS, ServerStatus


class Projector:
    """What the status asks of a process beside the server."""

    is_running = True
    restarts = 3


def snapshot(arrange=None, *, directory=None, projector=None, dashboard=None, free_min=0):
    async def main():
        store = await open_store("sqlite://", WRITABLE)
        limits = ReceiverLimits(300, 100, 20, free_min)
        receiver = Receiver(store.inbox, store.quarantine, SystemClock(), limits, directory)
        source = StatusSource(receiver, Beside(projector, dashboard), directory, SystemClock(), "the nonce")
        source.edge = EdgeCounts()
        if arrange is not None:
            arrange(source.edge, receiver)
        status = source.read()
        await store.close()
        return status

    return asyncio.run(main())


def explained(status: ServerStatus) -> int:
    return (
        status.pushes_accepted_new
        + status.pushes_accepted_duplicate
        + sum(status.pushes_refused.values())
        + status.pushes_aborted
        + status.pushes_in_flight
    )


def test_a_new_server_has_nothing_to_tell_and_says_who_it_is():
    status = snapshot()

    assert (__version__, "the nonce", (), 0, 0) == (
        status.version,
        status.nonce,
        status.not_ready,
        status.pushes_begun,
        status.pushes_in_flight,
    )
    assert status.skew_seconds is None


def test_refusals_of_edge_and_receiver_stand_in_one_table_and_the_rest_is_in_flight():
    def arrange(edge, receiver):
        edge.push_begun = 20
        edge.push_handed = 12
        edge.push_refused = {"body": 2, "busy": 1}
        edge.push_aborted = 3
        receiver.counts.accepted_new = 5
        receiver.counts.accepted_duplicate = 3
        receiver.counts.refused.update({Reason.CHECKSUM: 3, Reason.BUSY: 1})

    status = snapshot(arrange)

    assert {"body": 2, "busy": 2, "checksum": 3} == dict(status.pushes_refused)
    assert 2 == status.pushes_in_flight
    assert 20 == explained(status)


def test_every_reason_not_to_be_ready_has_words_for_people(tmp_path):
    def arrange(edge, receiver):
        receiver.stop()
        receiver._group.is_ill = True

    status = snapshot(arrange, directory=tmp_path, free_min=2**62)

    assert {"stopping", "store", "disk"} == set(status.not_ready)
    assert set(status.not_ready) <= set(READINESS)


def test_the_size_of_write_ahead_logs_is_shown_where_there_are_any(tmp_path):
    (tmp_path / "inbox.db-wal").write_bytes(b"x" * 77)

    status = snapshot(directory=tmp_path)

    assert (77, None) == (status.inbox_wal_bytes, status.records_wal_bytes)
    assert status.disk_free_bytes > 0


def test_what_does_not_exist_is_unknown_and_not_zero():
    status = snapshot()

    assert (None, None, None) == (status.inbox_wal_bytes, status.disk_free_bytes, status.projector_alive)


def test_each_process_beside_the_server_is_shown():
    status = snapshot(dashboard=Projector())
    assert (None, True, 3) == (status.projector_alive, status.dashboard_alive, status.dashboard_restarts)
    status = snapshot(projector=Projector())

    assert (True, 3) == (status.projector_alive, status.projector_restarts)
