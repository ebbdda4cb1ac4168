"""The functions behind the routes that change the sending end; the rules are those of `api`.

Rules
- Only what is given is changed, and what others change meanwhile stays.
- What is answered once (a secret) is answered without asking the store again, so that no outage loses it.
- An endpoint or entry of another tenant is missing, like one that never was.
- What is to be changed leaves a line in the audit first: nothing is done without one, and what is refused has one too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from starlette.responses import Response

from afterchat.access.audit import Actor, noted
from afterchat.contract.endpoint_bounds import KEY_OVERLAP_SECONDS_DEFAULT
from afterchat.contract.field import INTEGER_MAX
from afterchat.contract.push import DEFAULT_TENANT
from afterchat.errors import CallerError, EndpointError, KeyRingError, NotFoundError
from afterchat.query.errors import BilingualFilterError
from afterchat.query.outbox import endpoint_page
from afterchat.store.sending import Endpoint, EntryQuery, EntryState
from afterchat.web.answers import json_answer
from afterchat.web.bodies import read_body, unfit
from afterchat.web.operating import Asked, KeyMade, MadeKey, Redelivered
from afterchat.web.operating_fields import CHANGED, CREATED, KEY, REDELIVERY
from afterchat.web.parameters import read_id, read_parameters, read_tenant
from afterchat.web.problems import ProblemError
from afterchat.web.route import Parameter
from afterchat.web.sending_api import Call

__all__ = [
    "FORCE",
    "add_key",
    "change_endpoint",
    "create_endpoint",
    "delete_endpoint",
    "get_endpoint",
    "pause_endpoint",
    "redeliver",
    "resume_endpoint",
    "test_endpoint",
]

_OPEN_STATES = (EntryState.WAITING, EntryState.BEHIND, EntryState.LEASED)
_YES = "yes"
_ENTRIES_NOTED_MAX = 10

FORCE = Parameter(
    "force",
    "query",
    {"type": "string", "enum": [_YES]},
    "yes：即使尚有待投递的条目也删除",
    "`yes`: even when something is to be delivered",
)


async def get_endpoint(call: Call) -> Response:
    """One endpoint with its health and the sums of its entries."""
    read_parameters(call, ())
    return await _shown(call)


async def create_endpoint(call: Call) -> Response:
    """Make an endpoint with its first key."""
    read_parameters(call, ())
    values = await read_body(call, CREATED)
    tenant = read_tenant(call, values.pop("tenant", None)) or DEFAULT_TENANT
    secret = values.pop("secret", None)
    with _told():
        await _note(call, "endpoint.add", values["name"], tenant)
        made = await call.sources.operations.add_endpoint(tenant, _attributes(values), secret)
    return json_answer(_made_key(made), 201)


async def change_endpoint(call: Call) -> Response:
    """Change what is given."""
    read_parameters(call, ())
    values = await read_body(call, CHANGED)
    endpoint = await _endpoint(call)
    if values:
        with _told():
            await _note_about(call, "endpoint.change", endpoint, changed=" ".join(sorted(values)))
            await call.sources.operations.change_endpoint(endpoint.id, _attributes(values))
    return await _shown(call)


async def delete_endpoint(call: Call) -> Response:
    """Forget an endpoint that has nothing to deliver, or any when the caller insists."""
    force = read_parameters(call, (FORCE,)).get("force")
    if force not in (None, _YES):
        raise BilingualFilterError(zh=f"force 只能为 {_YES}。", en=f"`force` can only be `{_YES}`.")
    await read_body(call, ())
    endpoint = await _endpoint(call)
    if force is None:
        _, counts, _ = await call.sources.outbox.health()
        if any(counts.get((endpoint.id, state.value)) for state in _OPEN_STATES):
            raise ProblemError("undelivered")
    with _told():
        await _note_about(call, "endpoint.delete", endpoint)
        await call.sources.operations.delete_endpoint(endpoint.id)
    return Response(status_code=204, headers={"cache-control": "no-store"})


async def pause_endpoint(call: Call) -> Response:
    """Hold what is to be delivered."""
    return await _set_paused(call, is_paused=True)


async def resume_endpoint(call: Call) -> Response:
    """Deliver again."""
    return await _set_paused(call, is_paused=False)


async def test_endpoint(call: Call) -> Response:
    """Send one test push now; why no answer came may name addresses, which are not the tenant's business."""
    read_parameters(call, ())
    await read_body(call, ())
    tried = await call.sources.operations.try_endpoint(await _endpoint(call))
    return json_answer(tried if call.tenant is None else msgspec.structs.replace(tried, detail=""))


async def add_key(call: Call) -> Response:
    """Add a key and let the older ones retire."""
    read_parameters(call, ())
    values = await read_body(call, KEY)
    endpoint = await _endpoint(call)
    with _told():
        await _note_about(call, "endpoint.key", endpoint)
        made = await call.sources.operations.add_key(
            endpoint,
            values.get("secret"),
            after_seconds=values.get("after_seconds", 0),
            overlap_seconds=values.get("overlap_seconds", KEY_OVERLAP_SECONDS_DEFAULT),
        )
    return json_answer(_made_key(made), 201)


async def redeliver(call: Call) -> Response:
    """Send settled entries again."""
    read_parameters(call, ())
    values = await read_body(call, REDELIVERY)
    entry_ids = values.pop("entry_ids", None)
    is_bulk = values.get("all_dead") or values.get("never_attempted") or "since" in values
    if (entry_ids is None) == (not is_bulk) or (entry_ids and values) or (is_bulk and "endpoint" not in values):
        raise ProblemError(
            "body",
            zh="请给出 entry_ids，或 endpoint 加 all_dead、since、never_attempted 之一。",
            en="Give `entry_ids`, or `endpoint` with `all_dead`, `since` or `never_attempted`.",
        )
    asked = await _asked_entries(call, entry_ids) if entry_ids else [await _asked_bulk(call, values)]
    with _told():
        for one in asked:
            named = " ".join(map(str, one.entry_ids[:_ENTRIES_NOTED_MAX]))
            await _note(call, "outbox.redeliver", str(one.endpoint_id), call.tenant, entries=named)
        count = await call.sources.operations.redeliver(asked)
    return json_answer(Redelivered(count))


async def _asked_entries(call: Call, entry_ids: list[str]) -> list[Asked]:
    """By endpoint; an entry that is not there, or is another tenant's, is missing."""
    of_endpoint: dict[int, list[int]] = {}
    for entry_id in sorted({int(text) for text in entry_ids}):
        if entry_id >= INTEGER_MAX:
            raise ProblemError("missing")
        found = await call.sources.outbox.entries(EntryQuery(tenant=call.tenant, before_id=entry_id + 1), 1)
        if not found or found[0].id != entry_id:
            raise ProblemError("missing")
        of_endpoint.setdefault(found[0].endpoint_id, []).append(entry_id)
    return [Asked(endpoint_id, tuple(ids)) for endpoint_id, ids in of_endpoint.items()]


async def _asked_bulk(call: Call, values: dict[str, Any]) -> Asked:
    endpoint = await _endpoint(call, int(values.pop("endpoint")))
    return Asked(endpoint.id, **values)


async def _set_paused(call: Call, *, is_paused: bool) -> Response:
    read_parameters(call, ())
    await read_body(call, ())
    endpoint = await _endpoint(call)
    with _told():
        await _note_about(call, "endpoint.pause" if is_paused else "endpoint.resume", endpoint)
        await call.sources.operations.set_paused(endpoint.id, is_paused=is_paused)
    return await _shown(call)


async def _note_about(call: Call, what: str, endpoint: Endpoint, **detail: str) -> None:
    await _note(call, what, str(endpoint.id), endpoint.tenant, name=endpoint.name, **detail)


async def _note(call: Call, what: str, object_id: str, tenant: str | None, **detail: str) -> None:
    actor, now_ms = Actor(call.token_id, call.tenant), call.sources.clock.now_ms()
    await call.sources.write_note(noted(actor, now_ms, what, object_id, tenant, **detail))


async def _endpoint(call: Call, endpoint_id: int | None = None) -> Endpoint:
    """The endpoint of that id, or of the path, if this token may know of it."""
    wanted = read_id(call) if endpoint_id is None else endpoint_id
    for endpoint in await call.sources.endpoints.endpoints(call.tenant):
        if endpoint.id == wanted:
            return endpoint
    raise ProblemError("missing")


async def _shown(call: Call) -> Response:
    """The endpoint as the listing shows it."""
    wanted = str(read_id(call))
    page = await endpoint_page(call.sources.endpoints, call.sources.outbox, call.tenant)
    for item in page.items:
        if item.id == wanted:
            return json_answer(item)
    raise ProblemError("missing")


def _attributes(values: dict[str, Any]) -> dict[str, Any]:
    """JSON's lists and objects as an endpoint holds them."""
    return {
        name: tuple(value.items()) if isinstance(value, dict) else tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
    }


def _made_key(made: KeyMade) -> MadeKey:
    return MadeKey(str(made.endpoint_id), made.key_id, made.secret, made.not_before, made.older_until)


@contextmanager
def _told() -> Iterator[None]:
    """What the sender refuses, as problems."""
    try:
        yield
    except EndpointError as error:
        raise unfit(error.field, error.zh, error.en) from None
    except NotFoundError:
        raise ProblemError("missing") from None
    except KeyRingError:
        raise ProblemError("keys") from None
    except CallerError:
        raise ProblemError("name") from None
