"""A test PKI for the whole folder, made once in fake time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from v2x.certs import CryptoUnavailableError, pki
from v2x.certs.libcrypto import library
from v2x.scenarios.world import Credentials

if TYPE_CHECKING:
    from pathlib import Path

START_AT = 1_763_700_000.0
"""An instant in November 2025; nothing depends on which."""


@pytest.fixture(scope="session")
def pki_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        library()
    except CryptoUnavailableError as error:
        pytest.skip(f"{error}; apt-get install libssl3")
    directory = tmp_path_factory.mktemp("pki") / "test"
    pki.init(directory, vehicles=32, at=START_AT)
    return directory


@pytest.fixture(scope="session")
def start_at() -> float:
    return START_AT


@pytest.fixture
def credentials(pki_directory: Path) -> Credentials:
    return Credentials.of(pki_directory)
