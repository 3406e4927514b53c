"""Settings of all tests: hypothesis without deadlines (a shared machine is no stopwatch), and repeatable.

Secrets of test PKIs go into a folder of the run, never into the home of who runs the tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from v2x.certs.passphrase import PASSPHRASE_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

settings.register_profile("v2x", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("v2x")


@pytest.fixture(scope="session", autouse=True)
def _secrets_of_this_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        patch.delenv(PASSPHRASE_FILE, raising=False)
        yield
