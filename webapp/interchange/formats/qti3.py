"""QTI 3.0."""

from __future__ import annotations

import re
from typing import ClassVar

from webapp.interchange.qti_files import QtiFormat
from webapp.interchange.qti_names import V3, QtiVersion


class Qti3(QtiFormat):
    """QTI 3.0."""

    name: ClassVar[str] = "qti3"
    title: ClassVar[str] = "QTI 3.0"
    version: ClassVar[QtiVersion] = V3
    item_shape: ClassVar[re.Pattern[str]] = re.compile(r"<(?:\w+:)?qti-assessment-(?:item|test)[\s>]")
    package_shape: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"imsqti_(?:item|test)_xmlv3|<(?:\w+:)?qti-assessment-item[\s>]"
    )


FORMAT = Qti3()
