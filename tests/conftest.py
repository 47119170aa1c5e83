"""What all tests share: hypothesis profiles for everyday runs and for `make soak`, Ctrl-C."""

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
