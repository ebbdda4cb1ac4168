"""Which language a person reads, and text that exists in both.

Every sentence of the commands is a `Text`: English and Chinese stand beside each other, so neither can be forgotten.
The language is asked once for each run: `--lang`, AFTERCHAT_LANGUAGE, LC_ALL, LC_MESSAGES, LANG, else English.
What does not belong here: labels of coded values (`contract.vocabulary`) and how text is laid out (`cli.output`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

__all__ = ["LANGUAGES", "Text", "language_of_arguments", "language_of_environment"]

LANGUAGES = ("en", "zh")

_VARIABLES = ("AFTERCHAT_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


class Text(NamedTuple):
    """One sentence in both languages; `{name}` stands for a value that `say` fills in."""

    en: str
    zh: str

    def of(self, language: str) -> str:
        """The sentence in `language`; anything but "zh" reads English."""
        return self.zh if language == "zh" else self.en

    def say(self, language: str, **values: object) -> str:
        """The sentence in `language` with its values."""
        return self.of(language).format(**values)


def language_of_environment(environment: Mapping[str, str]) -> str:
    """The language, zh or en; the first variable that is set and not `auto` decides."""
    for variable in _VARIABLES:
        value = environment.get(variable, "").strip().lower()
        if value and value != "auto":
            return "zh" if value.startswith("zh") else "en"
    return "en"


def language_of_arguments(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """The language of one command line: `--lang zh` or `--lang=zh` wherever it stands, else the environment's.

    Total: a value that is no language is left to the parser, which refuses it in the environment's language.
    """
    wanted = ""
    for index, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument == "--lang" and index + 1 < len(arguments):
            wanted = arguments[index + 1]
        elif argument.startswith("--lang="):
            wanted = argument.removeprefix("--lang=")
    return wanted if wanted in LANGUAGES else language_of_environment(environment)
