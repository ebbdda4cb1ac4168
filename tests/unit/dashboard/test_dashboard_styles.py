"""Colours of the style sheet: text is readable and series are told apart, by day and by night, by everybody.

Contrast is WCAG's; how colours look to people who see few of them follows Machado, Oliveira and Fernandes (2009),
and distance is measured in OKLab, where 0.02 is just visible.
"""

from __future__ import annotations

import math
import re
from itertools import combinations

import pytest

from tree import SOURCE

ASSETS = SOURCE / "afterchat" / "dashboard" / "assets"
DISTANCE_MIN = 0.115

SIGHTS = {
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "no blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
READ_ON = (
    *((text, ground) for text in ("ink", "muted") for ground in ("bg", "surface", "sunken")),
    *(("ink", f"{tone}-soft") for tone in ("accent", "good", "bad", "warn")),
    *((tone, f"{tone}-soft") for tone in ("accent", "good", "bad", "warn")),
    *((tone, "surface") for tone in ("accent", "good", "bad", "warn")),
    ("accent-ink", "accent"),
    *(("ink", f"heat-{level}") for level in range(3)),
    *(("accent-ink", f"heat-{level}") for level in (3, 4)),
)
SEEN_ON = (*((f"series-{number}", "surface") for number in range(1, 7)), ("edge", "surface"), ("accent", "bg"))


def colours_of(name: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6});", (ASSETS / name).read_text("utf-8")))


DAY = colours_of("css/tokens.css")
THEMES = {"day": DAY, "night": {**DAY, **colours_of("dark.css")}}


def linear(colour: str) -> list[float]:
    digits = colour[1:] if len(colour) == 7 else "".join(one * 2 for one in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def contrast(one: str, other: str) -> float:
    lights = sorted(sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear(c), strict=True)) for c in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def seen(colour: str, sight: str) -> tuple[float, float, float]:
    """OKLab of a colour as these people see it."""
    r, g, b = (min(max(sum(w * p for w, p in zip(row, linear(colour), strict=True)), 0), 1) for row in SIGHTS[sight])
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    middle = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("pairs", "least"), [(READ_ON, 4.5), (SEEN_ON, 3.0)], ids=["text", "shapes"])
def test_everything_stands_out_from_its_ground(theme: str, pairs: tuple[tuple[str, str], ...], least: float) -> None:
    colours = THEMES[theme]
    faint = {
        f"{one} on {ground}": round(contrast(colours[one], colours[ground]), 2)
        for one, ground in pairs
        if contrast(colours[one], colours[ground]) < least
    }

    assert faint == {}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("sight", SIGHTS)
def test_series_are_told_apart(theme: str, sight: str) -> None:
    series = [THEMES[theme][f"series-{number}"] for number in range(1, 7)]
    close = [pair for pair in combinations(series, 2) if math.dist(*(seen(one, sight) for one in pair)) < DISTANCE_MIN]

    assert close == []


def test_the_night_has_a_colour_for_every_colour_of_the_day() -> None:
    assert colours_of("dark.css").keys() == DAY.keys()


def test_every_variable_that_is_used_is_declared() -> None:
    text = "".join(path.read_text("utf-8") for path in ASSETS.rglob("*.css"))
    scripts = "".join(path.read_text("utf-8") for path in ASSETS.glob("*.js"))
    used = set(re.findall(r"var\(--([a-z0-9-]+)", text)) | set(re.findall(r'\bcolour\("([a-z-]+)"\)', scripts))

    assert used - set(re.findall(r"--([a-z0-9-]+):", text)) == set()
