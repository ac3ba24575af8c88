"""QTI 2.2."""

from __future__ import annotations

import re
from typing import ClassVar

from webapp.interchange.qti_files import QtiFormat
from webapp.interchange.qti_names import V2, QtiVersion


class Qti2(QtiFormat):
    """QTI 2.2."""

    name: ClassVar[str] = "qti2"
    title: ClassVar[str] = "QTI 2.2"
    version: ClassVar[QtiVersion] = V2
    item_shape: ClassVar[re.Pattern[str]] = re.compile(r"<(?:\w+:)?assessment(?:Item|Test)[\s>]")
    package_shape: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"imsqti_(?:item|test)_xmlv2|<(?:\w+:)?assessmentItem[\s>]"
    )


FORMAT = Qti2()
