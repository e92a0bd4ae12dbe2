"""Tests of the chart need helm."""

import pytest

from tests.support.kubernetes_tools import NoHelm, find_helm


@pytest.fixture(scope="session", autouse=True)
def _helm() -> None:
    try:
        find_helm()
    except NoHelm as error:
        pytest.skip(str(error))
