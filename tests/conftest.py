"""What all tests share: hypothesis profiles for everyday runs and for `make soak`."""

from datetime import timedelta

from hypothesis import HealthCheck, settings

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
