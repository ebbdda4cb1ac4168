"""Figures in Prometheus' text format, from tables: how a line of a table becomes a metric.

Rules
- Base units; a label is a word of ours or a number that we gave, never one from outside, so the series are bounded.
- A figure that is not known has no sample; it is never shown as zero.

Which figures there are: `metrics` for the receiving end, `sending_metrics` for the sending end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    SummaryMetricFamily,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

__all__ = ["CONTENT_TYPE", "COUNTER", "GAUGE", "Figure", "Histogram", "Summary", "render"]

CONTENT_TYPE = CONTENT_TYPE_LATEST
COUNTER, GAUGE = CounterMetricFamily, GaugeMetricFamily

Seen_contra = TypeVar("Seen_contra", contravariant=True)
"""One moment of a server, from which its figures are read."""


class Figure(NamedTuple, Generic[Seen_contra]):
    """One line of a table: a metric without a label, or with some."""

    name: str
    kind: type[CounterMetricFamily | GaugeMetricFamily]
    help: str
    read: Callable[[Seen_contra], float | Mapping[str, float] | Mapping[tuple[str, ...], float] | None]
    """The value, or values by label; None when it is not known."""
    labels: tuple[str, ...] = ()


class Summary(NamedTuple, Generic[Seen_contra]):
    """A count and a sum whose quotient is a mean; no quantiles, for they cannot be added up over servers."""

    name: str
    help: str
    read: Callable[[Seen_contra], tuple[int, float]]
    """(count, sum)."""


class Histogram(NamedTuple, Generic[Seen_contra]):
    """Counts by upper bound, each with all below it, and the sum of all values."""

    name: str
    help: str
    read: Callable[[Seen_contra], tuple[Sequence[tuple[str, float]], float]]
    """((upper bound, count), ...) up to `+Inf`, and the sum."""


Line = Figure[Seen_contra] | Summary[Seen_contra] | Histogram[Seen_contra]


def render(lines: Sequence[Line[Seen_contra]], moment: Seen_contra) -> bytes:
    """The page of metrics."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Snapshot([metric for line in lines for metric in _metrics(line, moment)]))
    return generate_latest(registry)


class _Snapshot(Collector):
    """Gives the metrics of one moment."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        """All of them, in order."""
        return self._metrics


def _metrics(line: Line[Seen_contra], moment: Seen_contra) -> list[Metric]:
    """The metric of one line; none while it is not known."""
    if isinstance(line, Summary):
        count, total = line.read(moment)
        return [SummaryMetricFamily(line.name, line.help, count_value=count, sum_value=total)]
    if isinstance(line, Histogram):
        buckets, total = line.read(moment)
        return [HistogramMetricFamily(line.name, line.help, buckets=list(buckets), sum_value=total)]
    value = line.read(moment)
    if value is None:
        return []
    if not isinstance(value, Mapping):
        return [line.kind(line.name, line.help, value=value)]
    family = line.kind(line.name, line.help, labels=line.labels)
    for words, labelled in value.items():
        family.add_metric((words,) if isinstance(words, str) else words, labelled)
    return [family]
