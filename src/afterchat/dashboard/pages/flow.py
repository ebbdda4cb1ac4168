"""From the robot to a person and on: how many sessions took which way, as one picture."""

from __future__ import annotations

from dataclasses import dataclass

from afterchat.dashboard.charts import Flow, Link, Node
from afterchat.dashboard.pages.block import Answers, Block, Shaped
from afterchat.dashboard.pages.figure_parts import Shown
from afterchat.figures.evaluation import FigureQuestion

__all__ = ["RobotFlow"]

_FIGURES = (
    "robot_sessions",
    "robot_hand_overs",
    "person_sessions",
    "from_robot",
    "received_sessions",
    "queue_lost",
    "transfers_out",
    "left_messages",
)


@dataclass(frozen=True, slots=True)
class RobotFlow(Block):
    """A block. Sessions are counted where they ended: a hand-over ends the robot's and begins a person's."""

    id: str

    def questions(self, _shown: Shown) -> tuple[FigureQuestion, ...]:
        return (FigureQuestion(_FIGURES),)

    def shaped(self, shown: Shown, answers: Answers) -> Shaped:
        table, t = answers.now[FigureQuestion(_FIGURES)], shown.visit.t
        counts = {figure.id: value.numerator for figure, value in zip(table.figures, table.total.values, strict=True)}

        def node(identity: str, count: int, counted: str = "") -> Node:
            href = shown.page.sessions(counted=counted) if counted else ""
            return Node(identity, t(f"flow.{identity}"), shown.visit.f.count(count), href)

        def link(source: str, target: str, count: int, counted: str = "") -> Link:
            href = shown.page.sessions(counted=counted) if counted else ""
            return Link(source, target, max(0, count), shown.visit.f.count(max(0, count)), href)

        direct = counts["person_sessions"] - counts["from_robot"]
        stayed = counts["robot_sessions"] - counts["robot_hand_overs"]
        others = (
            counts["person_sessions"] - counts["received_sessions"] - counts["queue_lost"] - counts["left_messages"]
        )
        nodes = (
            node("robot", counts["robot_sessions"], "robot_sessions"),
            node("direct", direct),
            node("stayed", stayed),
            node("person", counts["person_sessions"], "person_sessions"),
            node("received", counts["received_sessions"], "received_sessions"),
            node("lost", counts["queue_lost"], "queue_lost"),
            node("message", counts["left_messages"], "left_messages"),
            node("other", others),
            node("transferred", counts["transfers_out"], "transfers_out"),
        )
        links = (
            link("robot", "stayed", stayed),
            link("robot", "person", counts["from_robot"], "from_robot"),
            link("direct", "person", direct),
            link("person", "received", counts["received_sessions"], "received_sessions"),
            link("person", "lost", counts["queue_lost"], "queue_lost"),
            link("person", "message", counts["left_messages"], "left_messages"),
            link("person", "other", others),
            link("received", "transferred", counts["transfers_out"], "transfers_out"),
        )
        return Shaped(
            "chart",
            Flow(self.id, t("flow.title"), t("flow.sessions"), (t("flow.from"), t("flow.to")), nodes, links),
            "wide",
            ("flow",),
        )
