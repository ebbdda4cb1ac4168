"""Settings come from the table, the file, the environment and the command line, in that order."""

from __future__ import annotations

import math
from dataclasses import fields

import pytest

from afterchat.errors import SettingsError
from afterchat.settings import SETTINGS, Settings, environment_name, read_settings


def test_the_table_and_the_class_name_the_same_settings_in_the_same_order():
    assert [setting.name for setting in SETTINGS] == [field.name for field in fields(Settings)]


def test_every_default_is_of_its_type_and_every_help_is_in_both_languages():
    for setting in SETTINGS:
        assert isinstance(setting.default, setting.type), setting.name
        assert setting.en.endswith("."), setting.name
        assert setting.zh.endswith("。"), setting.name


def test_every_number_has_bounds_and_nothing_else_has():
    for setting in SETTINGS:
        is_number = setting.type in (int, float)
        assert is_number == (setting.bounds is not None), setting.name
        if is_number:
            least, most = setting.bounds
            assert 0 <= least <= setting.default <= most < math.inf, setting.name


NUMBERS = [setting for setting in SETTINGS if setting.bounds]


@pytest.mark.parametrize("setting", NUMBERS, ids=lambda setting: setting.name)
def test_a_number_is_taken_up_to_its_bounds_and_no_further(setting):
    least, most = setting.bounds
    for value in (least, most):
        assert value == getattr(read_settings({environment_name(setting.name): str(value)}), setting.name)
    step = 1 if setting.type is int else 0.01
    for value in (least - step, most + step, -1):
        with pytest.raises(SettingsError) as failure:
            read_settings({}, overrides={setting.name: value})
        said = str(failure.value)
        assert said.startswith(f"--{setting.name.replace('_', '-')}: '{setting.name}' must be a")
        assert said.endswith(f"number from {least} to {most}, not {value!r}")


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999"])
@pytest.mark.parametrize("setting", NUMBERS, ids=lambda setting: setting.name)
def test_every_number_is_finite(tmp_path, setting, value):
    with pytest.raises(SettingsError, match=f"'{setting.name}' must be a"):
        read_settings({environment_name(setting.name): value})

    file = tmp_path / "afterchat.toml"
    file.write_text(f"{setting.name} = {value}")
    with pytest.raises(SettingsError, match=f"'{setting.name}' must be a"):
        read_settings({}, file)


def test_what_a_killed_sender_had_leased_is_tried_again_within_a_minute():
    [(_, most)] = [setting.bounds for setting in SETTINGS if setting.name == "attempt_seconds_max"]
    lease_seconds = 2 * most + 10

    assert lease_seconds < 60


def test_without_anything_the_defaults_are_in_force():
    assert {setting.name: setting.default for setting in SETTINGS} == {
        field.name: getattr(read_settings({}), field.name) for field in fields(Settings)
    }


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(tmp_path):
    file = tmp_path / "afterchat.toml"
    file.write_text('port = 1\nhost = "0.0.0.0"\nlog_level = "debug"\n')
    environment = {"AFTERCHAT_PORT": "2", "AFTERCHAT_LOG_LEVEL": "error"}

    settings = read_settings(environment, file, {"port": 3, "store": None})

    assert (3, "0.0.0.0", "error") == (settings.port, settings.host, settings.log_level)
    assert "sqlite:///afterchat-data" == settings.store


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"AFTERCHAT_PORT": "eight"}, "AFTERCHAT_PORT: 'port' must be a whole number"),
        ({"AFTERCHAT_PORT": "-1"}, "AFTERCHAT_PORT: 'port' must be a whole number from 0 to 65535, not '-1'"),
        ({"AFTERCHAT_SENDER_PORT": "99999"}, "'sender_port' must be a whole number from 0 to 65535, not '99999'"),
        ({"AFTERCHAT_RETENTION_DAYS": "0"}, "'retention_days' must be a whole number from 1 to"),
        ({"AFTERCHAT_ATTEMPT_SECONDS_MAX": "20.5"}, "must be a number from 0.1 to 20, not '20.5'"),
        ({"AFTERCHAT_DRAIN_SECONDS": "soon"}, "must be a number"),
        ({"AFTERCHAT_COMMIT_MODE": "fast"}, "must be one of auto, inline, thread"),
    ],
)
def test_a_value_that_cannot_be_read_names_the_setting_and_what_would_do(environment, said):
    with pytest.raises(SettingsError, match=said.replace("(", r"\(")):
        read_settings(environment)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prot = 1", "no setting 'prot'"),
        ("port =", "cannot be read as TOML"),
        ("port = true", "must be a whole number"),
        ("port = 8000.5", "must be a whole number"),
    ],
)
def test_a_file_that_cannot_be_read_says_so(tmp_path, text, said):
    file = tmp_path / "afterchat.toml"
    file.write_text(text)

    with pytest.raises(SettingsError, match=said):
        read_settings({}, file)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"nowhere\.toml"):
        read_settings({}, tmp_path / "nowhere.toml")


def test_the_secret_is_never_shown():
    settings = read_settings({"AFTERCHAT_SECRET": "canary-of-sixteen-and-more"})

    assert "canary" not in repr(settings)
    assert "canary-of-sixteen-and-more" == settings.secret


def test_environment_names_follow_one_rule():
    assert "AFTERCHAT_WINDOW_SECONDS" == environment_name("window_seconds")
