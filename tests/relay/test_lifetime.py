"""What lives how long: channels nobody closed, cycles, callbacks that must not be lost, exit."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from typing import Any

import pytest

from relayviz import relay


def opened(name: str | None, directory: relay.Directory | None, **more: Any) -> relay.Channel:  # noqa: ANN401
    return relay.Channel(
        name,
        directory,
        subbuf_size=16,
        n_subbufs=4,
        cpus=1,
        callbacks=relay.Callbacks(**more),
    )


class TestWithoutClose:
    """Channels that simply go."""

    def test_it_closes_itself(self, directory: relay.Directory) -> None:
        channel = opened("cpu", directory)
        channel.write(b"abc")
        buffer, file = channel.buffers[0], channel.open_file(0)
        assert directory.names() == ["cpu0"]
        del channel
        assert directory.names() == []
        assert buffer.finalized
        assert file.read() == b"abc"

    def test_in_a_cycle_with_its_callbacks(self, directory: relay.Directory) -> None:
        removed: list[str | None] = []

        def make() -> weakref.ref[relay.Channel]:
            def start(*_: object) -> bool:
                return len(holder) <= 1

            def remove(entry: relay.Entry | None) -> None:
                assert holder  # callbacks are whole when they run
                removed.append(None if entry is None else entry.name)
                relay.remove_buf_file(entry)

            holder: list[relay.Channel] = []
            holder.append(opened("cpu", directory, subbuf_start=start, remove_buf_file=remove))
            return weakref.ref(holder[0])

        gone = make()
        gc.collect()
        assert gone() is None
        assert removed == ["cpu0"]

    def test_in_a_cycle_with_its_private_data(self, directory: relay.Directory) -> None:
        private: list[object] = []
        channel = relay.Channel(
            "cpu", directory, subbuf_size=16, n_subbufs=4, cpus=1, private_data=private
        )
        private += [channel, channel.buffers[0], channel.open_file(0), channel.open_file(0).mmap()]
        gone = weakref.ref(channel)
        del channel, private
        gc.collect()
        assert gone() is None
        assert directory.names() == []

    def test_what_remove_raises_is_reported(
        self, directory: relay.Directory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reported: list[type] = []
        monkeypatch.setattr(sys, "unraisablehook", lambda call: reported.append(call.exc_type))

        def remove(entry: relay.Entry | None) -> None:
            relay.remove_buf_file(entry)
            raise KeyError

        channel = opened("cpu", directory, remove_buf_file=remove)
        del channel
        assert reported == [KeyError]

    def test_inside_a_callback_it_waits_for_its_end(self, directory: relay.Directory) -> None:
        others = [opened("other", directory)]
        names: list[list[str]] = []

        def start(*_: object) -> bool:
            others.clear()
            gc.collect()
            names.append(directory.names())
            return True

        with opened(None, None, subbuf_start=start):
            assert names == [["other0"]]  # the lock that closing needs was held by the open
            assert directory.names() == []

    def test_in_the_middle_of_an_exception(self, directory: relay.Directory) -> None:
        told: list[str] = []

        def remove(entry: relay.Entry | None) -> None:
            relay.remove_buf_file(entry)
            told.append("removed")

        def unmapped(*_: object) -> None:
            told.append("unmapped")

        beyond = 1
        with pytest.raises(IndexError):
            [opened("cpu", directory, remove_buf_file=remove)][beyond]
        channel = opened("cpu", directory, buf_unmapped=unmapped)
        file = channel.open_file(0)
        with pytest.raises(IndexError):
            [file.mmap()][beyond]
        channel.close()
        assert told == ["removed", "unmapped"]

    def test_after_a_refused_open(self, directory: relay.Directory) -> None:
        kept: list[relay.Buffer] = []

        def create(*arguments: Any) -> None:  # noqa: ANN401
            kept.append(arguments[3])

        for _ in range(3):
            with pytest.raises(relay.CreateFileError):
                opened("cpu", directory, create_buf_file=create)
        assert [buffer.private_data for buffer in kept] == [None] * 3


class TestReferences:
    """Python objects that the native side holds."""

    def test_private_data_is_let_go(self) -> None:
        class Private:
            pass

        private = Private()
        gone = weakref.ref(private)
        channel = relay.Channel(None, subbuf_size=16, n_subbufs=4, cpus=1, private_data=private)
        channel.close()
        assert channel.private_data is private
        buffer = channel.buffers[0]
        del private, channel
        assert gone() is buffer.private_data
        del buffer
        assert gone() is None

    def test_arguments_of_callbacks_are_let_go(self) -> None:
        class Watched:
            pass

        watched = Watched()
        gone = weakref.ref(watched)

        def start(*_: object, keep: object = watched) -> bool:
            return keep is not None

        with opened(None, None, subbuf_start=start) as channel:
            before = sys.getrefcount(start)
            for _ in range(100):
                channel.flush()
            assert sys.getrefcount(start) == before
            channel.set_subbuf_start(relay.OVERWRITE)
            del start, watched
        assert gone() is None or channel.closed

    def test_a_file_that_was_left_keeps_the_client(self) -> None:
        told: list[str] = []
        directory = relay.Directory("left-to-itself")  # until the interpreter's end
        channel = opened(
            "cpu",
            directory,
            remove_buf_file=lambda _: None,
            buf_mapped=lambda *_: told.append("mapped"),
        )
        channel.close()
        del channel
        gc.collect()
        with directory.open("cpu0") as file:
            file.mmap().release()
            assert file.buffer.private_data is None
        assert told == ["mapped"]

    def test_a_mapping_keeps_the_client(self, directory: relay.Directory) -> None:
        told: list[str] = []
        channel = opened("cpu", directory, buf_unmapped=lambda *_: told.append("unmapped"))
        view = channel.open_file(0).mmap()
        channel.close()
        del channel
        gc.collect()
        assert told == []
        view.release()
        assert told == ["unmapped"]


def test_opening_many_leaves_nothing(directory: relay.Directory) -> None:
    def cycle() -> None:
        with opened("cpu", directory, subbuf_start=lambda *_: True) as channel:
            channel.write(bytes(16))
            channel.write(b"x")
            with channel.open_file(0) as file:
                file.read()
                file.mmap().release()

    cycle()
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(50):
        cycle()
    gc.collect()
    assert len(gc.get_objects()) <= before + 5


AT_EXIT = {  # with the leak warnings of development mode
    "everything open": """
        kept = relay.Channel("cpu", subbuf_size=16, n_subbufs=4, cpus=2)
        file, buffer = kept.open_file(0), kept.buffers[0]
        view, data, slot = file.mmap(), buffer.data, kept.reserve(3)
        entry = relay.Directory("dir")
    """,
    "python callbacks": """
        kept = relay.Channel("cpu", subbuf_size=16, n_subbufs=4, cpus=2, callbacks=relay.Callbacks(
            subbuf_start=lambda *_: True, buf_unmapped=lambda *_: None))
        view = kept.open_file(0).mmap()
    """,
    "a cycle": """
        box = []
        box.append(relay.Channel("cpu", subbuf_size=16, n_subbufs=4, cpus=2, private_data=box,
            callbacks=relay.Callbacks(subbuf_start=lambda *_: bool(box) or True)))
    """,
    "left files": """
        kept = relay.Channel("cpu", subbuf_size=16, n_subbufs=4, cpus=2,
            callbacks=relay.Callbacks(remove_buf_file=lambda entry: None))
        kept.close()
    """,
}
WITH_THREADS_AT_EXIT = {
    "a sleeping thread": """
        import threading
        kept = relay.Channel("cpu", subbuf_size=16, n_subbufs=4, cpus=2)
        file = kept.open_file(0)
        threading.Thread(target=file.wait, daemon=True).start()
        while not kept.buffers[0].waiters:
            pass
    """,
    "a thread inside a callback": """
        import threading
        inside = threading.Event()
        def start(buf, *_):
            if threading.current_thread() is not threading.main_thread():
                inside.set()
                threading.Event().wait()
            return True
        kept = relay.Channel("cpu", subbuf_size=16, n_subbufs=4, cpus=2,
            callbacks=relay.Callbacks(subbuf_start=start))
        threading.Thread(target=kept.flush, daemon=True).start()
        inside.wait()
    """,
    "threads at work, relay.OVERWRITE": """
        import threading
        kept = relay.Channel("cpu", subbuf_size=64, n_subbufs=4, cpus=2,
            callbacks=relay.Callbacks(subbuf_start=relay.OVERWRITE))
        file, begun = kept.open_file(0), threading.Barrier(4)
        def work(call):
            begun.wait()
            while True:
                call()
        for call in (lambda: kept.write_many(bytes(64000), [64] * 1000), file.read,
                     lambda: (kept.buffers[0].account, kept.snapshot())):
            threading.Thread(target=work, args=(call,), daemon=True).start()
        begun.wait()
    """,
    "threads at work, lambda *_: True": """
        import threading
        kept = relay.Channel("cpu", subbuf_size=64, n_subbufs=4, cpus=2,
            callbacks=relay.Callbacks(subbuf_start=lambda *_: True))
        file, begun = kept.open_file(0), threading.Barrier(4)
        def work(call):
            begun.wait()
            while True:
                call()
        for call in (lambda: kept.write_many(bytes(64000), [64] * 1000), file.read,
                     lambda: (kept.buffers[0].account, kept.snapshot())):
            threading.Thread(target=work, args=(call,), daemon=True).start()
        begun.wait()
    """,
}


def run(code: str, *options: str) -> tuple[str, str, int]:
    """Run an indented piece of code; return its output, errors and status."""
    lines = "\n".join(line[8:] for line in code.splitlines())
    code = f"from relayviz import relay\n{lines}\nprint('end')"
    command = [sys.executable, *options, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return result.stdout, result.stderr, result.returncode


@pytest.mark.parametrize("case", AT_EXIT)
def test_the_end_of_the_interpreter(case: str) -> None:
    assert run(AT_EXIT[case], "-X", "dev", "-W", "error") == ("end\n", "", 0)


@pytest.mark.parametrize("case", WITH_THREADS_AT_EXIT)
def test_the_end_of_the_interpreter_with_threads(case: str) -> None:
    assert run(WITH_THREADS_AT_EXIT[case]) == ("end\n", "", 0)
