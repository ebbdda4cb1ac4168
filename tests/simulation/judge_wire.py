"""The judge of what goes over the wire: signatures, bounds, order, timing, and what is sent twice.

    S5 schedule    S6 fencing    S7 fresh signature, same bytes    S9 bounds    order per session and endpoint

It signs and parses by itself, and takes what receivers saw for the truth.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import traceback
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qs, urlsplit

from afterchat.sender.transport import Answer, Failure, Request
from simulation.book import Book, Sending
from simulation.plan import RECORDS
from simulation.process_loop import Room

__all__ = ["WireJudge", "is_good_answer"]

FRESH_MS = 2000
FAILURES_BEFORE_BREAKER = 5
BREAKER_MS_MIN = 2000
BREAKER_SECONDS_MAX = 60.0
TICK_SPARE = 1.0
RETRY_AFTER_MS_MAX = 24 * 3600 * 1000


def is_good_answer(outcome: Answer | Failure | None, success: str) -> bool:
    """Whether a receiver that answers so has taken the push."""
    if not isinstance(outcome, Answer) or not 200 <= outcome.status <= 299 or outcome.is_cut:
        return False
    return success == "any_2xx" or outcome.body.strip() in (b"", b"{}")


class WireJudge:
    """Judges requests as they leave, arrive, and end."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def sent(self, room: Room, request: Request) -> Sending:
        """A request leaves; raises RuntimeError for one that has no business to."""
        book = self._book
        process = book.processes[room.number]
        query = {name: values[-1] for name, values in parse_qs(urlsplit(request.url).query).items()}
        digest = hashlib.sha256(request.body).digest()
        waiting = book.awaited[room.number, request.endpoint_id, query.get("eventType", ""), digest]
        if not waiting:
            book.fault("S7", f"a request to endpoint {request.endpoint_id} whose type and bytes no lease explains")
            raise RuntimeError("the judge stopped this request")
        delivery, lease = waiting.popleft()
        sending = Sending(
            delivery,
            lease,
            process,
            at=book.now(),
            wall=book.wall(),
            signed=int(query.get("time", "0")),
            streak=process.streak[request.endpoint_id],
        )
        lease.sending = sending
        self._judge_signature(sending, request, query)
        self._judge_bounds(sending)
        sending.is_fenced = self._judge_lease(sending)
        if sending.is_fenced:
            self._judge_order(sending)
            self._judge_timing(sending)
        self._judge_newer(sending)
        self._judge_repetition(sending)
        self._judge_permission(sending)
        delivery.sendings.append(sending)
        process.in_flight[delivery.endpoint_id] += 1
        book.trace.counts["attempts"] += 1
        return sending

    def arrived(self, sending: Sending, *, is_taken: bool) -> None:
        """A request reached its receiver."""
        self._book.trace.note("rx", "taken" if is_taken else "arrived", sending)
        sending.taken += is_taken

    def told(self, sending: Sending, outcome: Answer | Failure | None) -> None:
        """The process knows what came of its request; None for an exception."""
        book, process, endpoint_id = self._book, sending.process, sending.delivery.endpoint_id
        self._over(sending)
        endpoint = book.endpoints[endpoint_id].endpoint
        sending.is_good = is_good_answer(outcome, endpoint.success)
        sending.status = outcome.status if isinstance(outcome, Answer) else 0
        sending.told_at, sending.told_wall = book.now(), book.wall()
        process.told_at[endpoint_id] = sending.told_at
        sending.retry_after_ms = _retry_after(outcome, sending.told_wall)
        if sending.is_good:
            process.streak[endpoint_id] = 0
            process.open_until.pop(endpoint_id, None)
            sending.delivery.good = sending
            if process.failing[endpoint_id] >= FAILURES_BEFORE_BREAKER:
                book.disturb_endpoint(endpoint_id)
            process.failing[endpoint_id] = 0
            return
        process.failing[endpoint_id] += 1
        book.failing[endpoint_id] += 1
        process.streak[endpoint_id] += 1
        is_probe = sending.streak >= FAILURES_BEFORE_BREAKER
        if is_probe:
            process.open_until[endpoint_id] = sending.told_wall + BREAKER_MS_MIN, sending.told_at
        if sending.status == 410:
            process.gone[endpoint_id] = sending

    def defect(self, error: Exception) -> None:
        """Nothing more can be said of this life."""
        if not self._book.faults:
            self._book.fault("judge", "".join(traceback.format_exception(error)))

    def cut_short(self, sending: Sending) -> None:
        """The process gave it up while it stopped."""
        self._over(sending)

    def _over(self, sending: Sending) -> None:
        book, process, endpoint_id = self._book, sending.process, sending.delivery.endpoint_id
        if process.in_flight[endpoint_id] >= book.endpoints[endpoint_id].endpoint.concurrency_max:
            book.disturb_endpoint(endpoint_id)
        if sum(process.in_flight.values()) >= _crowded(book.plan.limits.in_flight_max):
            book.disturb()
        sending.is_over = True
        process.in_flight[endpoint_id] -= 1

    def _judge_signature(self, sending: Sending, request: Request, query: dict[str, str]) -> None:
        book, endpoint = self._book, self._book.endpoints[request.endpoint_id].endpoint
        book.judged["S7"] += 1
        headers = dict(request.headers)
        if abs(sending.signed * 1000 - sending.wall) > FRESH_MS:
            book.fault("S7", f"{sending}: signed for {sending.signed}, sent at {sending.wall} ms")
        time = query.get("time", "").encode("ascii")
        secrets = [key.secret for key in endpoint.keys]
        if endpoint.signature_mode != "hmac_only":
            md5 = hashlib.md5(request.body, usedforsecurity=False).hexdigest().encode("ascii")
            sums = [hashlib.sha1(one + md5 + time, usedforsecurity=False).hexdigest() for one in secrets]
            if query.get("checksum") not in sums:
                book.fault("S7", f"{sending}: the checksum is not over the bytes that were sent")
        if endpoint.signature_mode != "legacy":
            message_id = headers.get("webhook-id", "")
            content = b"%b.%b.%b" % (message_id.encode("ascii"), time, request.body)
            macs = [base64.b64encode(hmac.new(one, content, hashlib.sha256).digest()).decode() for one in secrets]
            given = headers.get("webhook-signature", "").split(" ")
            if not any(f"v1,{mac}" in given for mac in macs) or headers.get("webhook-timestamp") != query["time"]:
                book.fault("S7", f"{sending}: no signature of its headers is over the bytes that were sent")
            if sending.delivery.message_id not in ("", message_id) or not message_id:
                book.fault("S7", f"{sending}: its message id was {sending.delivery.message_id}, now {message_id}")
            sending.delivery.message_id = message_id

    def _judge_bounds(self, sending: Sending) -> None:
        book, process, endpoint_id = self._book, sending.process, sending.delivery.endpoint_id
        endpoint = book.endpoints[endpoint_id].endpoint
        book.judged["S9"] += 1
        if sum(process.in_flight.values()) >= book.plan.limits.in_flight_max:
            book.fault("S9", f"{sending}: more than {book.plan.limits.in_flight_max} requests in flight")
        if process.in_flight[endpoint_id] >= endpoint.concurrency_max:
            book.fault("S9", f"{sending}: more than {endpoint.concurrency_max} to one endpoint in flight")
        rate = endpoint.rate_per_second_max
        if rate:
            filled_at, tokens = process.bucket.get(endpoint_id, (process.started_at, float(rate)))
            asked_at = sending.lease.asked_at
            tokens = min(float(rate), tokens + rate * max(0.0, asked_at - filled_at))
            if max(book.jumped_at, book.unsettled_at) >= filled_at:
                tokens = float(rate)
            if tokens < 1 - 0.01 * rate:
                book.fault("S9", f"{sending}: faster than {rate} in a second")
            process.bucket[endpoint_id] = max(asked_at, filled_at), tokens - 1

    def _judge_lease(self, sending: Sending) -> bool:
        """Whether it holds the lease in force; if not, only something extraordinary explains that."""
        book, delivery, lease = self._book, sending.delivery, sending.lease
        book.judged["S6"] += 1
        if delivery.is_open and delivery.lease is lease and not (lease.is_revoked or lease.is_ended):
            return True
        if not lease.is_revoked and book.unsettled_at < lease.asked_at:
            book.fault("S6", f"{sending}: sent without the lease in force")
        return False

    def _judge_order(self, sending: Sending) -> None:
        book, delivery = self._book, sending.delivery
        for other in self._book.line_of(delivery):
            if other.push.id >= delivery.push.id:
                break
            book.judged["order"] += 1
            if other.is_open and other.reopened_at < sending.lease.asked_at:
                book.fault("order", f"{sending} overtakes {other}")
            fenced = [one for one in other.sendings if one.is_fenced and other.push.event_type == RECORDS]
            if fenced and fenced[-1].signed >= sending.signed and book.jumped_back_at < fenced[-1].at:
                book.fault("order", f"{sending} is signed no later than {fenced[-1]}, which it replaces")

    def _judge_newer(self, sending: Sending) -> None:
        """An older version must not be signed after a newer one was delivered, or receivers go back to it."""
        book, delivery = self._book, sending.delivery
        # Fencing is by the wall clock: one that is set back while a superseded process is stopped is beyond it.
        if delivery.push.event_type != RECORDS or book.jumped_back_at >= sending.lease.asked_at:
            return
        for other in self._book.line_of(delivery):
            is_newer = other.push.id > delivery.push.id and other.state == "delivered" and not other.is_purged
            signed = max((one.signed for one in other.sendings if one.taken), default=0)
            if is_newer and sending.signed >= signed:
                book.fault("order", f"{sending} comes after the newer {other} was delivered")

    def _judge_repetition(self, sending: Sending) -> None:
        book, delivery = self._book, sending.delivery
        earlier = [one for one in delivery.sendings if not one.is_over and not one.process.is_dead]
        if delivery.good is not None:
            earlier.append(delivery.good)
        for one in earlier:
            since = min(one.lease.asked_at, one.at)
            is_explained = book.unsettled_at >= since or one.process.is_frozen or one.lease.is_revoked
            if not is_explained and delivery.reopened_at < since:
                how = "was taken" if one.is_over else "is under way"
                book.fault("S6", f"{sending}: sent again although {one} {how}, and nothing went wrong")

    def _judge_timing(self, sending: Sending) -> None:
        """S5: not before it is due, and soon after, unless something held it back."""
        book, delivery = self._book, sending.delivery
        due_wall = delivery.due_wall
        if due_wall is not None:
            book.judged["S5 early"] += 1
            if sending.wall < due_wall and book.jumped_back_at < sending.lease.asked_at:
                book.fault("S5", f"{sending}: {due_wall - sending.wall} ms before it is due")
        endpoint = book.endpoints[delivery.endpoint_id].endpoint
        is_failing = sending.process.failing[delivery.endpoint_id] >= FAILURES_BEFORE_BREAKER
        earlier = [one for one in self._book.line_of(delivery) if one.push.id <= delivery.push.id]
        is_told = all(sending.process.hears_of(one.written_by) for one in earlier)
        is_alone = sum(not process.is_dead for process in book.processes.values()) == 1
        if endpoint.rate_per_second_max or not is_alone or not is_told:
            return
        if book.quiet_since(delivery.endpoint_id) > sending.at:
            return
        walls = [delivery.ready_wall if due_wall is None else due_wall, sending.lease.follows_wall or 0]
        walls += [other.settled_wall for other in earlier if other is not delivery]
        # What follows another one waits for the next full second.
        ready_at = max(book.at_of(max(walls)) + 1.0, book.quiet_since(delivery.endpoint_id))
        most = book.plan.scale.turn + TICK_SPARE
        if is_failing:
            # A breaker lets somebody through a minute after the failure before, at the latest.
            ready_at, most = max(ready_at, sending.process.told_at[delivery.endpoint_id]), most + BREAKER_SECONDS_MAX
        book.judged["S5 late"] += 1
        late = sending.at - ready_at
        if late > most:
            book.fault("S5", f"{sending}: {late:.1f} s after it was due, and nothing held it back")

    def _judge_permission(self, sending: Sending) -> None:
        book, lease, process = self._book, sending.lease, sending.process
        known = book.endpoints[sending.delivery.endpoint_id]
        for what, at in (("paused", known.paused_at), ("deleted", known.deleted_at)):
            if at is not None and at < lease.known_until and book.unsettled_at < at:
                book.fault("S5", f"{sending}: the endpoint has been {what} since {at:.1f} s")
        gone = process.gone.get(sending.delivery.endpoint_id)
        if gone is not None and gone.told_at < lease.asked_at and known.endpoint.resumed_at <= gone.told_wall:
            book.fault("S10", f"{sending}: the endpoint answered 410 before and was not resumed")


def _crowded(in_flight_max: int) -> int:
    """From how many requests on an endpoint may have to wait: places may be kept for those who have none."""
    return in_flight_max - in_flight_max // 4


def _retry_after(outcome: Answer | Failure | None, told_wall: int) -> int | None:
    """How many milliseconds a receiver wants to be left alone; None when it said nothing readable."""
    text = outcome.headers.get("retry-after", "") if isinstance(outcome, Answer) else ""
    if text.isdigit():
        return min(int(text) * 1000, RETRY_AFTER_MS_MAX)
    if not text.endswith("GMT"):
        return None
    at = round(parsedate_to_datetime(text).replace(tzinfo=UTC).timestamp() * 1000)
    return min(max(at - told_wall, 0), RETRY_AFTER_MS_MAX)
