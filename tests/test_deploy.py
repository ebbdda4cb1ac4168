"""What lies in `deploy/` fits the program: its commands, settings, ports, paths and metrics, and itself.

Nothing is started and no schema is asked; what was run by hand stands in deploy/README.md.
Units, manifests and proxies are held against the tables of the program, so a renamed setting or metric fails here.
"""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from afterchat import cli
from afterchat.contract.ack import Reason
from afterchat.settings import SETTINGS, environment_name
from afterchat.settings.reading import read_settings
from afterchat.store.sending import EntryState
from afterchat.web import urls
from afterchat.web.figures import COUNTER, Figure, Histogram, Summary
from afterchat.web.metrics import FIGURES, SUMMARIES
from afterchat.web.sending_metrics import SENDING_FIGURES, SENDING_HISTOGRAMS
from tree import ROOT

DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
YAML = [path for path in FILES if path.suffix == ".yaml"]
COMPOSE = sorted((DEPLOY / "docker").glob("compose*.yaml"))
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
MANIFESTS = [DEPLOY / "kubernetes" / name for name in ("sqlite", "postgresql")]
NGINX = [DEPLOY / "proxy" / "nginx.conf", DEPLOY / "docker" / "nginx.conf"]

DEFAULTS = read_settings({})
PORTS = {"serve": DEFAULTS.port, "sender": DEFAULTS.sender_port, "dashboard": DEFAULTS.dashboard_port}
PROBES = {
    "serve": {urls.HEALTH, urls.READINESS},
    "sender": {urls.HEALTH, urls.READINESS},
    "dashboard": {urls.HEALTH},
    "projector": set(),
}
"""Role -> the paths that say how it is; a dashboard that runs alone has no readiness, a projector no port."""
VARIABLES = {environment_name(setting.name) for setting in SETTINGS} | {"AFTERCHAT_CONFIG", "AFTERCHAT_LANGUAGE"}
PROGRAM = "/opt/afterchat/.venv/bin/afterchat"


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def each(paths):
    return pytest.mark.parametrize("path", paths, ids=shown)


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def documents(folder: Path) -> list[dict[str, Any]]:
    """What `kubectl apply --kustomize` would apply, before its changes."""
    listed = [folder / name for name in read(folder / "kustomization.yaml")["resources"]]
    return [document for path in listed for document in yaml.safe_load_all(path.read_text("utf-8"))]


def workloads(folder: Path) -> list[dict[str, Any]]:
    return [one for one in documents(folder) if one["kind"] in ("Deployment", "StatefulSet")]


def services(path: Path) -> dict[str, dict[str, Any]]:
    """The services of a compose file that are afterchat."""
    return {name: one for name, one in read(path)["services"].items() if one["image"].startswith("afterchat")}


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command line of afterchat that something here starts, without the program's name."""
    dockerfile = (DEPLOY / "docker" / "Dockerfile").read_text("utf-8")
    yield "Dockerfile", json.loads(re.findall(r"(?m)^CMD (.*)", dockerfile)[-1])
    for path in COMPOSE:
        yield from ((f"{path.name} {name}", one["command"]) for name, one in services(path).items())
    for path in UNITS:
        program, *rest = shlex.split(re.findall(r"(?m)^ExecStart=(.*)", path.read_text("utf-8"))[0])
        assert program == PROGRAM
        yield path.name, rest
    for folder in MANIFESTS:
        for one in workloads(folder):
            yield from ((f"{folder.name} {it['name']}", it["args"]) for it in containers(one))
    for path in FILES:
        for line in re.findall(r"(?:^#.*|`)afterchat ([a-z][^`\n]*)", path.read_text("utf-8"), re.MULTILINE):
            if line.split()[0] in cli.root.list_commands(click.Context(cli.root)):
                yield f"{path.name}: {line}", shlex.split(line.replace("\\", ""), comments=True)


def containers(workload: dict[str, Any]) -> list[dict[str, Any]]:
    return workload["spec"]["template"]["spec"]["containers"]


def probed(container: dict[str, Any]) -> list[dict[str, Any]]:
    names = ("startupProbe", "readinessProbe", "livenessProbe")
    return [container[name]["httpGet"] for name in names if name in container]


@each(YAML)
def test_every_yaml_file_parses(path: Path) -> None:
    assert [one for one in yaml.safe_load_all(path.read_text("utf-8")) if not one] == []


@pytest.mark.parametrize(("where", "words"), list(commands()), ids=str)
def test_every_command_is_one_of_ours(where: str, words: list[str]) -> None:
    """`afterchat keys add ...` may be mentioned without its arguments; an unknown word or option is a fault."""
    command, context, rest = cli.root, click.Context(cli.root), list(words)
    while isinstance(command, click.Group) and rest:
        name = rest.pop(0)
        inner = command.get_command(context, name)
        assert inner is not None, f"{where}: there is no {name}"
        command, context = inner, click.Context(inner, parent=context, info_name=name)

    command.make_parser(context).parse_args(rest)  # raises click.UsageError


@each(FILES)
def test_every_variable_is_a_setting_and_its_value_is_taken(path: Path) -> None:
    text = path.read_text("utf-8")
    names = set(re.findall(r"AFTERCHAT_[A-Z_]+", text))
    given = re.findall(r"#?(AFTERCHAT_[A-Z_]+)(?:=|: |, value: )\"?([^\s\"}$]+)", text)

    assert sorted(names - VARIABLES) == []
    assert read_settings({name: value.rstrip(".") for name, value in given if not value.startswith("tcp:")}) is not None


@each(COMPOSE)
def test_composed_services_ask_for_health_where_their_role_tells_it(path: Path) -> None:
    for name, one in services(path).items():
        role, check = one["command"][0], one.get("healthcheck")
        asked = re.findall(r"http://127\.0\.0\.1:(\d+)(/\w+)", json.dumps(check))
        if role == "projector":
            assert check == {"disable": True}
        elif role != "serve":  # the image asks for `serve` itself
            assert [(str(PORTS[role]), True)] == [(port, at in PROBES[role]) for port, at in asked], name
        inside = [published.rsplit(":", 1)[1] for published in one.get("ports", [])]
        assert set(inside) <= {str(PORTS.get(role))}
        assert all(published.startswith("127.0.0.1:") for published in one.get("ports", [])), "https is the proxy's"


@each(COMPOSE)
def test_composed_services_are_contained_and_their_volumes_are_declared(path: Path) -> None:
    whole = read(path)
    for one in services(path).values():
        assert (one["read_only"], one["cap_drop"]) == (True, ["ALL"])
        assert float(one["stop_grace_period"].rstrip("s")) > DEFAULTS.drain_seconds
        assert (path.parent / one["build"]["context"] / one["build"]["dockerfile"]).is_file()
    mounted = {volume.split(":")[0] for one in whole["services"].values() for volume in one.get("volumes", [])}

    assert {name for name in mounted if not name.startswith(".")} == set(whole["volumes"])
    assert [one for one in mounted if one.startswith("./") and not (path.parent / one).exists()] in ([], ["./tls"])


def test_the_image_asks_for_health_where_serve_tells_it_and_holds_no_more_than_it_needs() -> None:
    text = (DEPLOY / "docker" / "Dockerfile").read_text("utf-8")
    ignored = (DEPLOY / "docker" / "Dockerfile.dockerignore").read_text("utf-8")
    wanted = re.findall(r"(?m)^!(.*)$", ignored)

    assert f"http://127.0.0.1:{PORTS['serve']}{urls.READINESS}" in text
    assert f"EXPOSE {DEFAULTS.port} {DEFAULTS.sender_port} {DEFAULTS.dashboard_port}\n" in text
    assert text.index("USER 10001") < text.index("VOLUME")
    assert [name for name in wanted if not (ROOT / name).exists()] == []
    assert re.findall(r"--constraint (\S+)", text) == ["requirements-dev.lock"]


@each(UNITS)
def test_units_are_hardened_and_give_a_stop_its_time(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    wanted = ("NoNewPrivileges=yes", "ProtectSystem=strict", "StateDirectory=afterchat", "PrivateTmp=yes")
    stop = [float(line.partition("=")[2]) for line in lines if line.startswith("TimeoutStopSec=")]

    assert [line for line in wanted if line not in lines] == []
    assert "EnvironmentFile=-/etc/afterchat/environment" in lines
    assert [one > DEFAULTS.drain_seconds for one in stop] == [True]
    assert [line for line in lines if line.startswith("[")] == ["[Unit]", "[Service]", "[Install]"]


@each(MANIFESTS)
def test_pods_are_contained_and_no_service_becomes_a_setting(path: Path) -> None:
    for one in workloads(path):
        pod = one["spec"]["template"]["spec"]
        volumes = {volume["name"] for volume in pod["volumes"]}
        volumes |= {claim["metadata"]["name"] for claim in one["spec"].get("volumeClaimTemplates", [])}

        assert pod["enableServiceLinks"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["terminationGracePeriodSeconds"] > DEFAULTS.drain_seconds + 5
        for it in containers(one):
            assert it["securityContext"]["readOnlyRootFilesystem"] is True
            assert set(it["resources"]) == {"requests", "limits"}
            assert {mount["name"] for mount in it["volumeMounts"]} <= volumes


@each(MANIFESTS)
def test_probes_ask_the_port_and_the_paths_of_the_role(path: Path) -> None:
    for one in workloads(path):
        for it in containers(one):
            role = it["args"][0]
            ports = {port["name"]: port["containerPort"] for port in it.get("ports", [])}

            assert list(ports.values()) == [port for name, port in PORTS.items() if name == role]
            assert {probe["path"] for probe in probed(it)} <= PROBES[role]
            assert {probe["port"] for probe in probed(it)} <= set(ports)
            assert bool(probed(it)) == (role in PORTS)


@each(MANIFESTS)
def test_selectors_services_and_ingresses_find_each_other(path: Path) -> None:
    everything = documents(path)
    labels = [one["spec"]["template"]["metadata"]["labels"] for one in workloads(path)]
    ports = {port["name"] for one in workloads(path) for it in containers(one) for port in it.get("ports", [])}
    offered = {one["metadata"]["name"]: one["spec"] for one in everything if one["kind"] == "Service"}
    doors = [one for one in everything if one["kind"] == "Ingress"]
    paths = [way for door in doors for rule in door["spec"]["rules"] for way in rule["http"]["paths"]]

    for one in workloads(path):
        assert one["spec"]["selector"]["matchLabels"] == one["spec"]["template"]["metadata"]["labels"]
        assert one["spec"].get("serviceName", next(iter(offered))) in offered
    for spec in offered.values():
        assert spec["selector"] in labels
        assert {port["targetPort"] for port in spec["ports"]} <= ports
    for way in paths:
        backend = way["backend"]["service"]
        assert backend["port"]["name"] in {port["name"] for port in offered[backend["name"]]["ports"]}
    assert [way["path"] for way in paths] == [urls.PUSH, "/"]


@each(MANIFESTS)
def test_a_budget_never_blocks_a_drain_and_one_owner_is_one_pod(path: Path) -> None:
    replicas = {one["metadata"]["name"]: one["spec"]["replicas"] for one in workloads(path)}
    budgets = [one for one in documents(path) if one["kind"] == "PodDisruptionBudget"]
    owners = [one for one in workloads(path) if any(it["args"] == ["sender"] for it in containers(one))]

    assert [one["metadata"]["name"] for one in budgets if replicas[one["metadata"]["name"]] < 2] == []
    assert [one["spec"]["replicas"] for one in owners] == [1]


@each(NGINX)
def test_nginx_lets_in_what_we_take_logs_no_query_and_waits_as_long_as_the_platform(path: Path) -> None:
    text = re.sub(r"(?m)#.*$", "", path.read_text("utf-8"))
    seconds = {name: int(value) for name, value in re.findall(r"(\w+_timeout)\s+(\d+)s;", text)}

    assert re.findall(r"client_max_body_size\s+(\d+)k;", text) == [str(DEFAULTS.body_bytes_max // 1024)]
    assert re.search(r"\$request\b|\$request_uri|\$args|\$query_string", text) is None
    assert re.findall(r"error_log\s+\S+\s+(\w+);", text) == ["crit"]
    assert seconds["keepalive_timeout"] < DEFAULTS.idle_seconds_max
    assert int(re.findall(r"location /push \{.*?proxy_read_timeout\s+(\d+)s", text, re.DOTALL)[0]) > 10
    assert "non_idempotent" not in text
    assert text.count("{") == text.count("}")


def test_caddy_lets_in_what_we_take_and_logs_no_query() -> None:
    text = (DEPLOY / "proxy" / "Caddyfile").read_text("utf-8")

    assert f"max_size {DEFAULTS.body_bytes_max // 1024}KiB" in text
    assert text.count(r'request>uri regexp \?.* ""') == 2
    assert {f":{PORTS['serve']}"} == set(re.findall(r"reverse_proxy 127\.0\.0\.1(:\d+)", text))


def test_every_metric_that_is_watched_is_one_of_ours() -> None:
    ours = set(metric_names())
    asked = {name for expression in expressions() for name in re.findall(r"\bafterchat_\w+", expression)}

    assert sorted(asked - ours) == []
    assert len(asked) > 20


def test_every_label_that_is_watched_has_values_that_occur() -> None:
    known = {
        "reason": {reason.wire for reason in Reason},
        "state": {state.value for state in EntryState},
        "verdict": {"taken", "duplicate", "refused", "unreadable"},
        "job": {job["job_name"] for job in read(DEPLOY / "monitoring" / "prometheus.yaml")["scrape_configs"]},
    }
    asked = [
        (label, word)
        for expression in expressions()
        for label, words in re.findall(r"(\w+)=~?\"([^\"$]+)\"", expression)
        for word in words.split("|")
        if label in known
    ]

    assert [(label, word) for label, word in asked if word not in known[label]] == []


def test_every_alert_says_in_both_languages_what_is_wrong_and_what_to_do() -> None:
    rules = [rule for group in read(DEPLOY / "monitoring" / "alerts.yaml")["groups"] for rule in group["rules"]]
    names = [rule["alert"] for rule in rules]

    assert [rule for rule in rules if set(rule["annotations"]) != {"summary", "summary_zh", "action"}] == []
    assert {rule["labels"]["severity"] for rule in rules} == {"critical", "warning", "info"}
    assert len(set(names)) == len(names)


def test_the_scrape_asks_the_ports_that_there_are() -> None:
    whole = read(DEPLOY / "monitoring" / "prometheus.yaml")
    targets = [config["targets"] for job in whole["scrape_configs"] for config in job["static_configs"]]

    assert targets == [[f"127.0.0.1:{PORTS['serve']}"], [f"127.0.0.1:{PORTS['sender']}"]]
    assert [name for name in whole["rule_files"] if not (DEPLOY / "monitoring" / name).exists()] == []


def test_panels_lie_beside_each_other_and_have_numbers_of_their_own() -> None:
    panels = json.loads((DEPLOY / "monitoring" / "grafana.json").read_text("utf-8"))["panels"]
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_every_folder_has_its_place_in_the_readme() -> None:
    text = (DEPLOY / "README.md").read_text("utf-8")

    names = [str(path.relative_to(DEPLOY)) for path in FILES if path.parent != DEPLOY]

    assert [name for name in names if f"]({name})" not in text] == []


def expressions() -> list[str]:
    """Every question to Prometheus, of rules and of panels."""
    rules = [rule for group in read(DEPLOY / "monitoring" / "alerts.yaml")["groups"] for rule in group["rules"]]
    board = json.loads((DEPLOY / "monitoring" / "grafana.json").read_text("utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
    lists = [one["query"]["query"] for one in board["templating"]["list"] if one["type"] == "query"]
    return [rule["expr"] for rule in rules] + asked + lists


def metric_names() -> Iterator[str]:
    """Every name as it stands in the answer of /metrics."""
    for line in (*FIGURES, *SUMMARIES, *SENDING_FIGURES, *SENDING_HISTOGRAMS):
        if isinstance(line, Figure):
            yield line.name + ("_total" if line.kind is COUNTER else "")
        if isinstance(line, Summary | Histogram):
            yield from (f"{line.name}_count", f"{line.name}_sum")
        if isinstance(line, Histogram):
            yield f"{line.name}_bucket"
