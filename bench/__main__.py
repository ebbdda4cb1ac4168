"""`python -m bench`: runs scenarios and writes their results.

python -m bench                       the standard set, under ten minutes on a quiet machine
python -m bench acks latency          some of it
python -m bench engine                the session engine: CPU of an event, memory of an open session
python -m bench relay delivery isolation backlog relay-kill     the sending end, about half an hour
python -m bench seeing               figures, lists and exports over a million sessions
python -m bench beside               pushes beside ten people who click through the dashboard
python -m bench first-load           the overview in a browser without a cache
python -m bench growth --growth-rows 5000000
python -m bench memory --memory-pushes 1000000
python -m bench commit-modes          inline or thread, to set the threshold of `auto`
python -m bench report                the table in bench/results/README.md, from the newest result of each scenario
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from bench.machine import describe_machine
from bench.report import RESULTS, write_report
from bench.session import Options, Session

_STANDARD = ("acks", "latency", "slow-disk", "projector", "memory", "disk", "breakdown")
_SENDING = ("relay", "delivery", "isolation", "backlog", "relay-kill")
_ON_REQUEST = ("engine", *_SENDING, "seeing", "beside", "first-load", "growth", "commit-modes")


def main() -> int:
    """Run what the command line names; the exit code says whether all contenders kept their word."""
    arguments = _parse()
    wanted = arguments.scenarios or list(_STANDARD)
    if wanted == ["report"]:
        print(write_report(RESULTS))
        return 0
    arguments.work.mkdir(parents=True, exist_ok=True)
    arguments.results.mkdir(parents=True, exist_ok=True)
    options = Options(
        work=arguments.work,
        repeats=arguments.repeats,
        seconds=arguments.seconds,
        growth_rows=arguments.growth_rows,
        memory_pushes=arguments.memory_pushes,
        backlog_entries=arguments.backlog_entries,
        seeing_sessions=arguments.seeing_sessions,
    )
    is_good, began = True, time.monotonic()
    for name in wanted:
        try:
            is_good = _run_scenario(name, options, arguments.results) and is_good
        except Exception:  # noqa: BLE001 - one scenario that breaks must not cost the results of the others
            traceback.print_exc()
            is_good = False
    print(f"{write_report(arguments.results)}, after {time.monotonic() - began:.0f} s")
    return 0 if is_good else 1


def _run_scenario(name: str, options: Options, results: Path) -> bool:
    """Run one, print its figures, write its file; False when a contender failed or had not stored what it answered."""
    scenario = import_module(f"bench.scenarios.{name.replace('-', '_')}")
    print(f"== {name}: {scenario.QUESTION}", flush=True)
    machine = describe_machine(options.work)
    session, began = Session(options), time.monotonic()
    figures = [figure.as_json() for figure in scenario.run(session)]
    for figure in figures:
        print(json.dumps({"scenario": name, **figure}, ensure_ascii=False), flush=True)
    date = datetime.now(UTC).strftime("%Y-%m-%d")
    result = {
        "scenario": name,
        "question": scenario.QUESTION,
        "date": date,
        "seconds": round(time.monotonic() - began, 1),
        "machine": machine,
        "repeats": options.repeats,
        "figures": figures,
        "runs": session.runs,
    }
    if figures:
        (results / f"{date}-{name}.json").write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    dishonest = [run for run in session.runs if not run.get("is_honest", True)]
    for run in dishonest:
        print(f"{name}: {run['contender']} answered {run['acked_in_all']} and stored {run['rows']}", file=sys.stderr)
    return not dishonest and not session.failed


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    names = [*_STANDARD, *_ON_REQUEST, "report"]
    parser.add_argument("scenarios", nargs="*", choices=[*names, []], metavar="scenario", help=", ".join(names))
    defaults = Options(work=Path("build/bench"))
    parser.add_argument("--repeats", type=int, default=defaults.repeats, help="rounds; contenders take turns")
    parser.add_argument("--seconds", type=float, default=defaults.seconds, help="of load in each measurement")
    parser.add_argument("--work", type=Path, default=defaults.work, help="directory on the disk to be measured")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where results are written")
    parser.add_argument("--growth-rows", type=int, default=defaults.growth_rows)
    parser.add_argument("--memory-pushes", type=int, default=defaults.memory_pushes)
    parser.add_argument("--backlog-entries", type=int, default=defaults.backlog_entries)
    parser.add_argument("--seeing-sessions", type=int, default=defaults.seeing_sessions)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
