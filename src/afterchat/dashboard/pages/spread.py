"""How a duration is distributed: how many sessions lie in each band, and where the percentiles are."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from afterchat.dashboard.charts import Distribution, Mark, Series
from afterchat.dashboard.pages.block import Answers, Block, Shaped
from afterchat.dashboard.pages.figure_parts import Shown, definition, row_href, row_label
from afterchat.figures.bands import BANDS_MS
from afterchat.figures.evaluation import FigureQuestion

__all__ = ["Spread"]

_PERCENTS = (50, 90, 95)


@dataclass(frozen=True, slots=True)
class Spread(Block):
    """A block: `quantity` is `first_reply` or `wait`, whose figures are `<quantity>_p50` and the like."""

    id: str
    quantity: str

    def questions(self, _shown: Shown) -> tuple[FigureQuestion, ...]:
        return (self._question,)

    @property
    def _question(self) -> FigureQuestion:
        figure_ids = tuple(f"{self.quantity}_p{percent}" for percent in _PERCENTS)
        return FigureQuestion(figure_ids, f"{self.quantity}_band")

    def shaped(self, shown: Shown, answers: Answers) -> Shaped:
        table, visit = answers.now[self._question], shown.visit
        first = table.figures[0]
        bands = [row for row in table.rows if int(row.key) in BANDS_MS]
        counts = tuple(row.values[0].denominator or 0 for row in bands)
        keys = [int(row.key) for row in bands]
        marks = tuple(
            Mark(f"p{percent}", shown.text(figure, value), _place(keys, value.value))
            for percent, figure, value in zip(_PERCENTS, table.figures, table.total.values, strict=True)
            if value.value is not None
        )
        return Shaped(
            "chart",
            Distribution(
                self.id,
                visit.t(f"spread.{self.quantity}"),
                visit.t("spread.head"),
                tuple(row_label(shown, table, row) for row in bands),
                Series(visit.t("spread.sessions"), counts, tuple(visit.f.count(count) for count in counts)),
                marks,
                tuple(row_href(shown, table, row, first.id) for row in bands),
                definition(visit, first, table.total.values[0].left_out),
            ),
        )


def _place(keys: list[int], value: float) -> float:
    """Where a duration lies among the bands that are shown, in bands."""
    place = bisect_right(keys, value) - 1
    if place < 0:
        return 0.0
    index = BANDS_MS.index(keys[place])
    if index + 1 >= len(BANDS_MS):
        return place + 0.5
    return place + (value - BANDS_MS[index]) / (BANDS_MS[index + 1] - BANDS_MS[index])
