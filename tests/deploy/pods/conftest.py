"""The images, built once for the session by whoever asks first."""

from pathlib import Path

import pytest

from tests.support.images import Images, build_images
from tests.support.kubernetes_tools import NoHelm, find_helm


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Images:
    try:
        find_helm()
    except NoHelm as error:
        pytest.skip(str(error))
    folder: Path = tmp_path_factory.mktemp("images")
    return build_images(folder)
