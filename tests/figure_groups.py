"""To which group a session belongs, told again in plain Python: the judge of the groupings.

For each grouping: row and zone -> (key, whatever else the row is told apart by).
Moments without a date have none; days follow the clock on the wall, and zones whose clock goes back over midnight
are a matter of the calendar's own tests.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = ["GROUP_OF", "follows", "order_of"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def wall(row, zone):
    if not 0 < row["end_time"] < 16_725_225_600_000:
        return None
    return (EPOCH + timedelta(milliseconds=row["end_time"])).astimezone(zone)


def clock(shown):
    return lambda row, zone: "none" if (at := wall(row, zone)) is None else shown(at)


def monday(at):
    return (at.date() - timedelta(days=at.weekday())).isoformat()


def number_or_text(number, text):
    return lambda row, _: str(row[number]) if row[number] else f"0/{row[text]}"


def text(name):
    return lambda row, _: str(row[name])


def band(name):
    bounds = [0, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000]
    return lambda row, _: str(max([-1, *(bound for bound in bounds if bound <= row[name])]))


GROUP_OF = {
    "staff": number_or_text("staff_id", "staff_name"),
    "group": number_or_text("from_group_id", "from_group"),
    "category_top": lambda row, _: row["category"].split("/")[0].strip(),
    "category": text("category"),
    "channel": lambda row, _: row["from_type"].lower(),
    "origin": text("origin_platform"),
    "landing_page": lambda row, _: row["land_page"].split("#")[0].split("?")[0],
    "search_word": text("search_key"),
    "vip": text("vip_level"),
    "close_reason": text("close_reason"),
    "rating_model": text("evaluation_type"),
    "rating": lambda row, _: f"{row['evaluation_type']}/{row['evaluation']}",
    "hand_over_kind": text("transfer_rg_type"),
    "tenant": text("tenant"),
    "first_reply_band": band("first_reply_cost"),
    "wait_band": band("in_queue_time"),
    "day": clock(lambda at: at.date().isoformat()),
    "week": clock(monday),
    "hour": clock(lambda at: f"{at.hour:02}"),
    "weekday": clock(lambda at: str(at.isoweekday())),
    "weekday_hour": clock(lambda at: f"{at.isoweekday()}/{at.hour:02}"),
}


def follows(rows):
    """Marks in each row whether a session for a person followed it within a day in its journey."""
    joined: dict[tuple[str, int], set[tuple[str, int]]] = {}
    for row in rows:
        own = row["tenant"], row["id"]
        related = row["related_id"] if row["related_type"] != 3 else 0
        for other in (related, row["human_transfer_session_id"]):
            if other > 0 and other != row["id"]:
                joined.setdefault(own, set()).add((row["tenant"], other))
                joined.setdefault((row["tenant"], other), set()).add(own)
    by_key = {(row["tenant"], row["id"]): row for row in rows}
    for key, row in by_key.items():
        seen, waiting = {key}, [key]
        while waiting:
            near = joined.get(waiting.pop(), set()) - seen
            seen |= near
            waiting += near
        row["followed"] = row["interaction"] == 1 and any(
            by_key[one]["interaction"] == 0
            and row["start_time"] <= by_key[one]["start_time"] <= row["end_time"] + 86_400_000
            for one in seen
            if one in by_key
        )


def order_of(grouping, sizes):
    """Keys in the order of a table, given how many rows each has."""
    if grouping in TIMELY:
        return sorted(sizes, key=lambda key: (key != "none", key))
    bands = {"first_reply_band", "wait_band"}
    numeric = {"vip", "rating_model", "close_reason", *bands}
    natural = int if grouping in numeric else str
    if grouping == "rating":
        natural = lambda key: tuple(int(part) for part in key.split("/"))  # noqa: E731 - one of three keys
    if grouping in {"staff", "group"}:
        natural = lambda key: (0, key[2:]) if key.startswith("0/") else (int(key), "")  # noqa: E731 - one of three keys
    if grouping in {"vip", "rating_model", "rating", *bands}:
        return sorted(sizes, key=natural)
    return sorted(sizes, key=lambda key: (-sizes[key], natural(key)))


TIMELY = {"day", "week", "hour", "weekday", "weekday_hour"}
