"""Searches keep a million objects and make no circle of them: walking them again and again is a third of their time."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def uncollected() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()
