"""Settings of all tests: hypothesis without deadlines (a shared machine is no stopwatch), and repeatable."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("v2x", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("v2x")
