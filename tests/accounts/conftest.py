"""What tests of accounts share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.identity_provider import Provider, serving


@pytest.fixture
def provider(clock: Any) -> Iterator[Provider]:
    """An identity provider in this process."""
    with serving(clock) as there:
        yield there
