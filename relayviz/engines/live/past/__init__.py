"""The whole run of a live channel, in columns that get longer as it does."""

from relayviz.engines.live.past.run import RECENT, Past

__all__ = ["RECENT", "Past"]
