"""Services start where nothing can be written, not even to /tmp."""

import subprocess
import sys

import pytest

NOWHERE = "import tempfile; tempfile._candidate_tempdir_list = lambda: ['/proc/nowhere']; "


@pytest.mark.parametrize("package", ["intake_email", "tickets"])
def test_the_language_of_a_text_is_known_without_any_folder_for_temporary_files(package: str) -> None:
    code = NOWHERE + (
        f"from {package}.adapters.languages import language_of; from functools import partial; "
        f"ask = partial(language_of, prior=None) if {package!r} == 'tickets' else language_of; "
        "print(ask('Buenos días, desde ayer no puedo entrar en mi cuenta'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.strip() == "es", done.stderr
