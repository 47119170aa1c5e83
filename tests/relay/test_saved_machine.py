"""Saving cannot be observed.

The random operations of test_state_machine, and now and then the channel is saved, closed and
loaded, with the same descriptors and mappings. The reference goes on as it is.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis.stateful import precondition, rule

from relayviz import relay
from relayviz.conformance.subject.client import Client
from tests.relay.test_state_machine import EXAMPLES, PROFILE, RelayAgainstReference


class SavedAgainstReference(RelayAgainstReference):
    """Loads the channel of relayviz.relay anew at random moments."""

    def __init__(self) -> None:
        super().__init__()
        self.flags: dict[int, str] = {}  # of descriptors by slot
        self.kinds: dict[int, tuple[Any, str]] = {}  # of mappings by slot: buffer, kind
        self.has_parent = False

    def both(self, name: str, **fields: Any) -> object:  # noqa: ANN401
        files = self.hosts[1]._file_side.files
        buffer: Any = files[fields["fd"]].buffer if fields.get("fd") in files else None
        result: Any = super().both(name, **fields)
        worked = isinstance(result, dict) and result.get("ret") == 0
        if name == "file_open" and worked:
            self.flags[fields["fd"]] = fields["flags"]
        if name == "file_mmap" and worked:
            self.kinds[fields["fd"]] = buffer, fields["kind"]
        if name == "late_setup_files" and worked:
            self.has_parent = bool(fields["parent"])
        return result

    def open(self, op: dict[str, Any], preset: bool) -> None:
        super().open(op, preset)
        self.has_parent, self.preset = op["parent"], preset

    def callbacks(self) -> relay.Callbacks:
        """Return what the channel was opened with."""
        host = self.hosts[1]
        if self.preset:
            start = relay.OVERWRITE if self.op["mode"] == "overwrite" else relay.NO_OVERWRITE
            return relay.Callbacks(start.with_header(self.op["reserve"]))
        table: Any = Client(relay, self.op, host._directory, host.log).table()
        assert isinstance(table, relay.Callbacks)
        return table

    @precondition(RelayAgainstReference.is_open)
    @rule()
    def save_and_load(self) -> None:
        host = self.hosts[1]
        old: Any = host._channel_side.channel
        files, maps = host._file_side.files, host._file_side._maps
        mine = {slot: file for slot, file in files.items() if file.buffer in old.buffers}
        seen = {slot: self.kinds[slot] for slot in maps if self.kinds[slot][0] in old.buffers}
        cpus = {slot: file.buffer.cpu for slot, file in mine.items()}
        data = old.save()
        for slot in mine:
            files.pop(slot).close()
        for slot in seen:
            maps.pop(slot).release()
        old.close()
        parent: Any = host._directory if self.has_parent else relay.Directory.root()
        new: Any = relay.Channel.load(data, parent=parent, callbacks=self.callbacks())
        host._channel_side.channel = new
        for slot, cpu in cpus.items():
            files[slot] = parent.open(f"{new.base_filename}{cpu}", self.flags[slot])
        for slot, (buffer, kind) in seen.items():
            with parent.open(f"{new.base_filename}{buffer.cpu}", "rw") as file:
                maps[slot] = file.mmap(writable=kind == "shared-rw", private=kind == "private")
                self.kinds[slot] = file.buffer, kind
        assert new.save() == data
        for each in self.hosts:
            each.log.clear()
        self.compare([each.state() for each in self.hosts])

    @precondition(lambda self: self.is_open() and self.preset)
    @rule()
    def go_astray_and_restore(self) -> None:
        host = self.hosts[1]
        channel: Any = host._channel_side.channel
        data, files = channel.save(), host._file_side.files
        for cpu in self.online:
            channel.write(b"astray", cpu)
        channel.flush()
        for slot, file in files.items():
            if file.buffer in channel.buffers and self.flags[slot] != "w":
                file.read(5)
        channel.reset()
        channel.restore(data)
        assert channel.save() == data
        self.compare([each.state() for each in self.hosts])


TestSavedAgainstReference = SavedAgainstReference.TestCase
TestSavedAgainstReference.settings = settings(
    RelayAgainstReference.TestCase.settings, max_examples=max(PROFILE.max_examples, EXAMPLES) // 2
)
