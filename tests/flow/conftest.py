"""Fixtures of several flows."""

import pytest

from tests.postgres import CannotStart, server


@pytest.fixture(scope="module")
def postgres():
    """A running PostgreSQL of the module's own."""
    try:
        context = server()
        running = context.__enter__()
    except CannotStart as error:
        pytest.skip(f"NO POSTGRESQL, these flows are not tested: {error}")
    yield running
    context.__exit__(None, None, None)
