"""What programs of other people say of ours: the reference signer, the OpenAPI validator, a fuzzer of APIs."""

from __future__ import annotations

import base64
import datetime as dt
import json
import shutil
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from openapi_spec_validator import validate
from standardwebhooks.webhooks import Webhook

from afterchat.contract.webhooks import sign_webhook, webhook_key, webhook_matches

SECRET = "DD0F1F5A3AD04EF49A06547C253F9357"
KEY = "whsec_" + base64.b64encode(bytes(range(32))).decode()
BODIES = ['{"id":1}', '{"staffName":"超级管理员","remarks":"好评👍"}', "", " \n"]
EXAMPLES_MAX = "15"
NOT_PROMISED = "positive_data_acceptance,negative_data_rejection"
"""A cursor is opaque, so most texts are none; and a tenant of a name too long is simply one that has no sessions."""
HALF = ("/v1/export", "/v1/contradictions")
"""Two of the four paths that every field filters, and that have nine in ten of the cases between them."""
PARTS = {
    "chance": ("--phases", "examples,fuzzing,stateful"),
    "coverage": ("--phases", "coverage", *(word for path in HALF for word in ("--exclude-path", path))),
    "the other half": ("--phases", "coverage", *(word for path in HALF for word in ("--include-path", path))),
}
"""All of it, in processes beside each other."""


@pytest.mark.parametrize("body", BODIES)
def test_the_reference_library_and_ours_make_the_same_webhook_signature(body):
    moment = dt.datetime.fromtimestamp(1_700_000_000, tz=dt.UTC)

    theirs = Webhook(KEY).sign("msg_1", moment, body)
    ours = sign_webhook(webhook_key(KEY.encode()), "msg_1", 1_700_000_000, body.encode())

    assert theirs == ours
    assert 0 == webhook_matches([webhook_key(KEY.encode())], b"msg_1", b"1700000000", theirs.encode(), body.encode())


def test_the_openapi_document_is_valid(live_server):
    server = live_server(SECRET)
    with urllib.request.urlopen(f"{server.url}/openapi.json", timeout=10) as answer:
        document = json.load(answer)

    validate(document)


def test_a_fuzzer_of_the_api_finds_no_undocumented_answer_and_no_fault(live_server, tmp_path):
    program = Path(sys.executable).with_name("schemathesis")
    if not program.exists():
        program = Path(shutil.which("schemathesis") or "schemathesis")
    server = live_server(SECRET)
    token = json.loads(server.command("tokens", "add", "--all-tenants", "--json"))["token"]

    def fuzz(part):
        (tmp_path / part).mkdir()
        return subprocess.run(
            [
                *(str(program), "run", f"{server.url}/openapi.json", "--max-examples", EXAMPLES_MAX, "--no-color"),
                *("--header", f"Authorization: Bearer {token}", "--seed", "20261122", "--exclude-checks", NOT_PROMISED),
                *PARTS[part],
            ],
            cwd=tmp_path / part,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    with ThreadPoolExecutor(len(PARTS)) as threads:
        done = dict(zip(PARTS, threads.map(fuzz, PARTS), strict=True))
    assert dict.fromkeys(PARTS, 0) == {part: one.returncode for part, one in done.items()}, "".join(
        one.stdout[-3000:] for one in done.values() if one.returncode
    )
