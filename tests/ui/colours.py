"""The design's colours as css/tokens.css has them, and how far they stand apart."""

from __future__ import annotations

import math
import re
from pathlib import Path

TOKENS = Path(__file__).parents[2] / "webapp" / "static" / "css" / "tokens.css"

Colour = tuple[float, float, float]

#: how the common kinds of colour blindness see linear RGB, at full strength (Machado, Oliveira and Fernandes 2009,
#: doi:10.1109/TVCG.2009.113)
SIGHTS: dict[str, tuple[Colour, Colour, Colour]] = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


def tokens(theme: str) -> dict[str, Colour]:
    """The colours of a theme, "light" or "dark", by token name, in linear RGB (0…1)."""
    text = TOKENS.read_text()
    normal = text[: text.index("@media (prefers-contrast")]
    pairs = re.findall(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", normal)
    return {name: linear(light if theme == "light" else dark) for name, light, dark in pairs}


def linear(code: str) -> Colour:
    """#rrggbb in linear RGB (IEC 61966-2-1)."""
    parts = (int(code[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return red, green, blue


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of WCAG 2.2, 1 to 21."""
    lights = sorted((0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in (one, other)), reverse=True)
    return (lights[0] + 0.05) / (lights[1] + 0.05)


def seen_by(colour: Colour, sight: str) -> Colour:
    red, green, blue = (
        min(max(sum(weight * part for weight, part in zip(row, colour, strict=True)), 0.0), 1.0)
        for row in SIGHTS[sight]
    )
    return red, green, blue


def distance(one: Colour, other: Colour) -> float:
    """How different two colours look, as the distance in Oklab times 100; about 2 can just be told apart."""
    return 100 * math.dist(_oklab(one), _oklab(other))


def _oklab(colour: Colour) -> Colour:
    red, green, blue = colour
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )
