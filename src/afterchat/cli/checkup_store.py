"""What `afterchat doctor` looks at inside the store: schema, keys, how far the records are behind.

A store that does not exist yet is no illness: `serve` makes it.
In one that only sends, nobody's pushes can be refused and no records be behind.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from afterchat.cli.access import opened
from afterchat.cli.checkup import Finding, Patient
from afterchat.cli.language import Text
from afterchat.cli.strength import weakness
from afterchat.errors import AfterchatError, SchemaError
from afterchat.query.freshness import measure_lag
from afterchat.receiver.rings import ENVIRONMENT_KEY_ID, rings_in_force, with_environment_secret
from afterchat.store.open import Store
from afterchat.store.sqlite.folder import databases_of

__all__ = ["store_findings"]

LAG_SECONDS_WARN = 5.0
LAG_SECONDS_FAIL = 60.0
UNREADABLE_REMEDY = Text("see `afterchat records unreadable`", "见 `afterchat records unreadable`")


async def store_findings(patient: Patient) -> list[Finding]:
    """All findings inside the store; an ill store is a finding, not an exception."""
    try:
        async with opened(patient.settings.store) as store:
            found = [_server(name, value) for name, value in (await store.server_facts()).items()]
            found.append(Finding("schema", "ok", Text("of this version", "与本版本一致")))
            if patient.folder is None or "inbox" in databases_of(patient.folder):
                found += [finding async for finding in _secrets(patient, store)]
                found += [finding async for finding in _lag(patient, store)]
            return found
    except SchemaError as error:
        return [
            Finding(
                "schema",
                "fail",
                _as_said(error),
                Text("run `afterchat store migrate`", "请执行 `afterchat store migrate`"),
            )
        ]
    except AfterchatError as error:
        if patient.folder is not None and not patient.folder.exists():
            said = Text(f"no store at {patient.folder} yet", f"{patient.folder} 处还没有数据")
            return [Finding("store", "warn", said, Text("`afterchat serve` makes it", "`afterchat serve` 会创建"))]
        return [Finding("store", "fail", _as_said(error), Text("see the message", "见左侧说明"))]


def _server(name: str, value: str) -> Finding:
    """One thing that the server of a shared store promises."""
    said = Text(f"{name} {value}", f"{name} {value}")
    if value == "off":
        remedy = Text(
            f"turn {name} on: without it a power cut loses what was acknowledged",
            f"请启用 {name}：否则断电会丢失已应答的推送",
        )
        return Finding("server", "fail", said, remedy)
    return Finding("server", "ok", said)


async def _secrets(patient: Patient, store: Store) -> AsyncIterator[Finding]:
    tenants = with_environment_secret(await store.registry.tenants(), patient.settings.secret)
    rings = rings_in_force(tenants, patient.clock.now_ms())
    illnesses = 0
    for ring in rings.values():
        if not ring.secrets:
            illnesses += 1
            yield Finding(
                "secrets",
                "warn",
                Text(
                    f"tenant {ring.tenant} has no key in force: its pushes are refused",
                    f"租户 {ring.tenant} 没有生效的密钥，推送都会被拒绝",
                ),
                Text(f"`afterchat keys add {ring.tenant}`", f"`afterchat keys add {ring.tenant}`"),
            )
        for key_id, secret in zip(ring.key_ids, ring.secrets, strict=True):
            why = weakness(secret, patient.settings.secret_chars_min)
            if why is not None:
                illnesses += 1
                place = "AFTERCHAT_SECRET" if key_id == ENVIRONMENT_KEY_ID else f"{ring.tenant}/{key_id}"
                yield Finding(
                    "secrets",
                    "fail",
                    Text(f"{place} is weak: {why.en}", f"{place} 过弱：{why.zh}"),
                    Text(
                        "replace it: `afterchat keys add ... --generate`", "请更换：`afterchat keys add ... --generate`"
                    ),
                )
    if not illnesses:
        yield Finding("secrets", "ok", Text("present and strong", "齐备且足够强"))


async def _lag(patient: Patient, store: Store) -> AsyncIterator[Finding]:
    lag = await measure_lag(store.inbox, store.records, patient.clock.now_ms())
    said = Text(f"the records are {lag.seconds:.1f} s behind the inbox", f"会话记录比收件箱晚 {lag.seconds:.1f} 秒")
    level = "ok" if lag.seconds <= LAG_SECONDS_WARN else "warn" if lag.seconds <= LAG_SECONDS_FAIL else "fail"
    remedy = (
        Text("", "")
        if level == "ok"
        else Text(
            "start `afterchat serve` or `afterchat projector`", "请启动 `afterchat serve` 或 `afterchat projector`"
        )
    )
    yield Finding("projector", level, said, remedy)
    unreadable = (await store.records.counts()).get("unreadable", 0)
    said = Text(f"{unreadable} pushes could not be read", f"{unreadable} 条推送无法解读")
    yield Finding("unreadable", "warn", said, UNREADABLE_REMEDY) if unreadable else Finding("unreadable", "ok", said)


def _as_said(error: AfterchatError) -> Text:
    return Text(str(error), str(error))
