"""Signing and verifying by hand."""

from __future__ import annotations

import shlex

import pytest

from afterchat.contract.push import push_query
from afterchat.contract.signature import body_md5, checksum
from afterchat.contract.webhooks import webhook_matches

SECRET = "3f2a9c7e51d84b60a1c9e7f203b586d4"
BODY = '{"id":1,"sType":"0","staffName":"小红"}\n'.encode()
TIME = 1_760_000_000


@pytest.fixture
def body_file(tmp_path):
    file = tmp_path / "a body.json"
    file.write_bytes(BODY)
    return file


def sum_of(body=BODY, secret=SECRET, time=str(TIME)):
    return checksum(secret.encode(), body_md5(body), time.encode()).decode()


def test_sign_prints_everything_a_push_needs(afterchat, body_file):
    document = afterchat("sign", body_file, "--time", TIME, "--json", AFTERCHAT_SECRET=SECRET).document
    assert document == {
        "time": TIME,
        "md5": body_md5(BODY).decode(),
        "checksum": sum_of(),
        "query": push_query("DATA_ONLINE_SESSION_END", TIME, sum_of()),
    }


def test_a_line_end_is_part_of_the_body(afterchat):
    document = afterchat("sign", "--time", TIME, "--json", stdin=BODY[:-1], AFTERCHAT_SECRET=SECRET).document
    assert document["checksum"] != sum_of()


def test_webhook_headers_verify(afterchat, body_file):
    call = afterchat("sign", body_file, "--webhooks", "--message-id", "msg_1", "--json", AFTERCHAT_SECRET=SECRET)
    headers = [call.document[f"webhook-{name}"].encode() for name in ("id", "timestamp", "signature")]
    assert webhook_matches([SECRET.encode()], *headers, BODY) == 0


def test_the_curl_command_sends_the_file_as_it_is(afterchat, body_file):
    call = afterchat("sign", body_file, "--time", TIME, "--url", "https://h/push", "--json", AFTERCHAT_SECRET=SECRET)
    words = shlex.split(call.document["curl"])
    assert words[words.index("--data-binary") + 1] == f"@{body_file}"
    assert words[-1] == f"https://h/push?{call.document['query']}"
    assert SECRET not in call.out


def test_the_secret_of_a_file_loses_its_line_end_and_nothing_else(afterchat, body_file, tmp_path):
    (tmp_path / "secret").write_bytes(b" spaced secret \n")
    call = afterchat("sign", body_file, "--time", TIME, "--secret-file", tmp_path / "secret", "--json")
    assert call.document["checksum"] == sum_of(secret=" spaced secret ")


def test_an_empty_secret_file_is_the_operators_business(afterchat, body_file, tmp_path):
    (tmp_path / "secret").write_bytes(b"\n")
    assert afterchat("sign", body_file, "--secret-file", tmp_path / "secret").code == 4


def verify(afterchat, *arguments, body=BODY, **environment):
    return afterchat("verify", "-", *arguments, stdin=body, **{"AFTERCHAT_SECRET": SECRET, **environment})


def test_an_authentic_push_ends_in_0(afterchat):
    call = verify(afterchat, "--time", TIME, "--checksum", sum_of(), "--now", TIME + 299, "--json")
    assert (call.code, call.document["verdict"], call.document["skew_seconds"]) == (0, "authentic", 299)


MISTAKES = [
    ("outside_window", str(TIME - 400), sum_of(time=str(TIME - 400))),
    ("milliseconds", f"{TIME}000", sum_of(time=f"{TIME}000")),
    ("upper_case", str(TIME), sum_of().upper()),
    ("trimmed_secret", str(TIME), sum_of(secret=SECRET + "\n")),
    ("gbk", str(TIME), sum_of(BODY.decode().encode("gb18030"))),
    ("re_encoded", str(TIME), sum_of(BODY.strip())),
    ("unknown", str(TIME), sum_of(secret="another secret")),
    ("unknown", str(TIME), "ü" * 500),
    ("no_checksum", str(TIME), ""),
]


@pytest.mark.parametrize(("cause", "time", "claimed"), MISTAKES)
def test_a_refusal_names_its_likely_cause_and_ends_in_1(afterchat, cause, time, claimed):
    call = verify(afterchat, "--time", time, "--checksum", claimed, "--now", TIME, "--json")
    assert (call.code, call.document["verdict"], call.document["cause"]) == (1, "refused", cause)


def test_an_old_secret_is_recognised(afterchat, tmp_path):
    (tmp_path / "old").write_text("the former secret")
    claimed = sum_of(secret="the former secret")
    arguments = ["--time", TIME, "--checksum", claimed, "--now", TIME, "--old-secret-file", tmp_path / "old"]
    assert verify(afterchat, *arguments, "--json").document["cause"] == "old_secret"


def test_the_explanation_is_in_the_readers_language(afterchat):
    arguments = ["--time", TIME, "--checksum", sum_of().upper(), "--now", TIME]
    assert "大写" in verify(afterchat, *arguments, "--lang", "zh").out
    assert "upper case" in verify(afterchat, *arguments).out


@pytest.mark.parametrize("time", ["", "１７６０００００００", "-1", "1_760_000_000", "17600000000"])
def test_a_time_that_is_no_ten_digits_is_refused(afterchat, time):
    assert verify(afterchat, f"--time={time}", "--checksum", sum_of(time=time), "--now", TIME).code == 1
