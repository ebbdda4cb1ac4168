"""A figure: its name, its version and the pieces that it is made of; its words and its number follow from the pieces.

Rules
- The id stays for ever; what it means changes only together with `version`.
- A definition is composed of the words of its pieces, so it cannot say anything else than what is computed.
- `source` is `vendor` where domain knowledge of the platform defines the figure, else `ours`.
- Sessions are dated by the moment at which they ended, in every figure.

What does not belong here: the pieces and the figures themselves (`subjects`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from afterchat.contract.record import FIELDS
from afterchat.figures.measures import Count, Mean, Measure, Percentile, Ratio, Share, Sum, WeightedMean
from afterchat.figures.rows import Population, Quantity

__all__ = ["DATED_BY", "OURS", "VENDOR", "Figure"]

DATED_BY = "end_time"
VENDOR = "vendor"
OURS = "ours"

_FIELD_NAMES = {field.name for field in FIELDS}


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table of figures."""

    id: str
    zh: str
    en: str
    measure: Measure
    source: str = OURS
    note_zh: str = ""
    """Why so, and how far it agrees with the vendor's own figure, where that needs saying."""
    note_en: str = ""
    version: int = 1

    @property
    def unit(self) -> str:
        """`count`, `ms`, `share` (0 to 1), `ratio` or `points` (0 to 100)."""
        return self.measure.unit

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the record's fields that it looks at, that of the date included."""
        pieces: tuple[Population | Quantity, ...] = (*self.measure.populations, *self.measure.quantities)
        names = dict.fromkeys(name for piece in pieces for name in piece.fields)
        return tuple(dict.fromkeys((*names, DATED_BY)))

    def name(self, language: str) -> str:
        """In `zh` or `en`."""
        return self.zh if language == "zh" else self.en

    def formula(self, language: str) -> str:
        """What is counted, divided or ordered, with every rule in brackets."""
        return (_formula_zh if language == "zh" else _formula_en)(self.measure)

    def left_out(self, language: str) -> str:
        """Which sessions `Value.left_out` counts; empty when none ever are."""
        return _left_out(self.measure, is_chinese=language == "zh")

    def definition(self, language: str) -> str:
        """All of it: formula, what is left out, note, date."""
        is_chinese = language == "zh"
        left_out = self.left_out(language)
        parts = (
            self.formula(language),
            (f"不计：{left_out}。" if is_chinese else f"Left out: {left_out}.") if left_out else "",
            self.note_zh if is_chinese else self.note_en,
            "会话按 endTime 归入时段。" if is_chinese else "Sessions are dated by endTime.",
        )
        return ("" if is_chinese else " ").join(part for part in parts if part)

    def asks_journeys(self) -> bool:
        """Whether it needs to know which sessions followed which."""
        return any(_asks_journeys(population) for population in self.measure.populations)


def _asks_journeys(population: Population) -> bool:
    """A population is told by one session alone, unless its rule follows links."""
    return "related_id" in population.fields


def _formula_en(measure: Measure) -> str:  # noqa: PLR0911 - one line for each kind of measure
    match measure:
        case Count(base=base, hit=None):
            return f"Number of {base.en}."
        case Count(base=base, hit=Population() as hit):
            return f"Number of {hit.en}, of {base.en}."
        case Share(base=base, hit=Population() as hit):
            return f"{_capital(hit.en)} ÷ {base.en}."
        case Sum(base=base, quantity=quantity):
            return f"Sum of {quantity.en} over {base.en}."
        case Mean(base=base, quantity=quantity):
            return f"Sum of {quantity.en} ÷ number of sessions, over {base.en}."
        case Percentile(base=base, quantity=quantity, percent=100):
            return f"Greatest {quantity.en} of {base.en}."
        case Percentile(base=base, quantity=quantity, percent=percent):
            return (
                f"{_capital(quantity.en)} of {base.en}, in ascending order: "
                f"the value at place ⌈n × {percent} %⌉ of n (nearest rank)."
            )
        case WeightedMean(base=base, quantity=quantity, other=weight):
            return f"Sum of {quantity.en} × {weight.en} ÷ sum of {weight.en}, over {base.en}."
        case Ratio(base=base, quantity=quantity, other=other):
            return f"Sum of {quantity.en} ÷ sum of {other.en}, over {base.en}."
    raise TypeError(f"no words for {measure}")


def _formula_zh(measure: Measure) -> str:  # noqa: PLR0911 - one line for each kind of measure
    match measure:
        case Count(base=base, hit=None):
            return f"{base.zh}的数量。"
        case Count(base=base, hit=Population() as hit):
            return f"{base.zh}中，{hit.zh}的数量。"
        case Share(base=base, hit=Population() as hit):
            return f"{hit.zh} ÷ {base.zh}。"
        case Sum(base=base, quantity=quantity):
            return f"{base.zh}的{quantity.zh}之和。"
        case Mean(base=base, quantity=quantity):
            return f"{base.zh}的{quantity.zh}之和 ÷ 会话数。"
        case Percentile(base=base, quantity=quantity, percent=100):
            return f"{base.zh}的{quantity.zh}的最大值。"
        case Percentile(base=base, quantity=quantity, percent=percent):
            return f"{base.zh}的{quantity.zh}由小到大排列，取 n 个值中第 ⌈n × {percent}%⌉ 个（最近秩法）。"
        case WeightedMean(base=base, quantity=quantity, other=weight):
            return f"{base.zh}的{quantity.zh} × {weight.zh}之和 ÷ {weight.zh}之和。"
        case Ratio(base=base, quantity=quantity, other=other):
            return f"{base.zh}的{quantity.zh}之和 ÷ {other.zh}之和。"
    raise TypeError(f"no words for {measure}")


def _left_out(measure: Measure, *, is_chinese: bool) -> str:
    if isinstance(measure, Count | Share):
        if measure.judged is None:
            return ""
        return f"不属于“{measure.judged.zh}”的" if is_chinese else f"all but {measure.judged.en}"
    reasons = (one.left_out_zh if is_chinese else one.left_out_en for one in measure.quantities)
    return ("；" if is_chinese else "; ").join(dict.fromkeys(reason for reason in reasons if reason))


def _capital(text: str) -> str:
    return re.sub(r"^[a-z]", lambda found: found[0].upper(), text)
