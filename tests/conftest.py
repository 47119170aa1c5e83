"""What all tests share: hypothesis profiles for everyday runs and for `make soak`, Ctrl-C."""

import gc
from datetime import timedelta

from hypothesis import HealthCheck, settings

from tests.interrupts import pytest_collection_modifyitems, pytest_runtest_protocol

__all__ = ["pytest_collection_modifyitems", "pytest_runtest_protocol"]

settings.register_profile("everyday", deadline=timedelta(seconds=5), print_blob=True)
settings.register_profile(
    "soak",
    max_examples=20_000,
    stateful_step_count=200,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("everyday")


def pytest_collection_finish() -> None:
    """Have the collector leave out what lasts as long as the run.

    Each tab that is closed has it go through all there is, which is mostly pytest's own here.
    """
    gc.collect()
    gc.freeze()
