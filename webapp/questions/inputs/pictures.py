"""A picture that is answered in: by places in it, which are told in percent of its width and height.

It is written as all pictures of a course are, `![what is seen](media/leaf.png)`, so that whatever is true of them is
true of it: its words are translated and looked at, and it is kept with the paper and the result.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from webapp.questions.numbers import Unreadable, read_number

# Behind the name may stand the pin that a course ties it to its content with.
_PICTURE = re.compile(
    r"!\[[^\]\n]+\]\(media/[A-Za-z0-9_-]+\.(?:png|jpe?g|webp)(?:#[0-9a-f]{64}-([0-9]{1,5})x([0-9]{1,5}))?\)",
    re.IGNORECASE,
)


def _one_picture(value: str) -> str:
    if not _PICTURE.fullmatch(value):
        expected = "expected one picture and no more, such as ![A flower cut in half](media/flower.png)"
        raise PydanticCustomError("picture", "{expected}", {"expected": expected})
    return value


def _percent(value: object) -> float:
    try:
        number = float(read_number(str(value)))
    except Unreadable:
        number = -1.0
    if isinstance(value, bool) or not 0 <= number <= 100:
        raise PydanticCustomError("percent", "expected a number from 0 to 100, in percent of the picture")
    return number


Picture = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1),
    AfterValidator(_one_picture),
    WithJsonSchema({"type": "string", "format": "markdown-inline"}),
]
Percent = Annotated[float, BeforeValidator(_percent), WithJsonSchema({"type": ["number", "string"]})]


def height_of(picture: str) -> float:
    """How high a picture is, in parts of its width; 1 where nobody has looked at its file yet."""
    match = _PICTURE.fullmatch(picture)
    if match is None or not match[1] or not int(match[1]) or not int(match[2]):
        return 1.0
    return int(match[2]) / int(match[1])
