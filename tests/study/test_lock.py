"""The lock of a run folder: one process at a time, and none for ever."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from femnn.errors import ConfigError
from femnn.study.lock import LOCK, locked, process

pytestmark = pytest.mark.serial

HOLD = """
import sys, time
from pathlib import Path
from femnn.study.lock import locked
with locked(Path(sys.argv[1]), print):
    print("held", flush=True)
    time.sleep(60)
"""


def refused(text: str) -> None:
    pytest.fail(f"taken over: {text}")


def holder(folder: Path) -> "subprocess.Popen[str]":
    """A process that holds the lock of a folder."""
    held = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True)
    assert held.stdout is not None
    assert held.stdout.readline() == "held\n"
    return held


def test_the_lock_is_there_inside_and_gone_after(tmp_path):
    with locked(tmp_path, refused):
        assert json.loads((tmp_path / LOCK).read_text())["pid"] == os.getpid()
    assert not any(tmp_path.iterdir())


def test_the_lock_is_gone_after_an_error(tmp_path):
    with pytest.raises(KeyboardInterrupt), locked(tmp_path, refused):
        raise KeyboardInterrupt
    assert not any(tmp_path.iterdir())


def test_a_second_one_is_refused_and_changes_nothing(tmp_path):
    with locked(tmp_path, refused):
        before = (tmp_path / LOCK).read_bytes()
        with (
            pytest.raises(ConfigError, match=f"in use by another run .process {os.getpid()} on"),
            locked(tmp_path, refused),
        ):
            pass
        assert (tmp_path / LOCK).read_bytes() == before


@pytest.mark.parametrize(("number", "left"), [(signal.SIGKILL, [LOCK]), (signal.SIGTERM, [])])
def test_a_process_that_was_killed_holds_nothing(tmp_path, number, left):
    """While it lives the folder is its own. SIGTERM removes the lock, after SIGKILL it is taken over with a note."""
    held = holder(tmp_path)
    with pytest.raises(ConfigError, match=f"process {held.pid}"), locked(tmp_path, refused):
        pass
    held.send_signal(number)
    assert held.wait() == -number
    assert [path.name for path in tmp_path.iterdir()] == left
    notes: list[str] = []
    with locked(tmp_path, notes.append):
        assert json.loads((tmp_path / LOCK).read_text())["pid"] == os.getpid()
    assert [f"process {held.pid}" in note for note in notes] == [True] * len(left)


@pytest.mark.parametrize("change", [{"process": "1"}, {"boot": "another"}, {"pid": 2**22 + 1}])
def test_another_process_of_the_same_number_is_not_the_holder(tmp_path, change):
    with locked(tmp_path, refused):
        mine = json.loads((tmp_path / LOCK).read_text())
    (tmp_path / LOCK).write_text(json.dumps(mine | change))
    notes: list[str] = []
    with locked(tmp_path, notes.append):
        assert len(notes) == 1


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"host": f"not-{socket.gethostname()}", "pid": 1, "process": "1", "began": "yesterday"}),
        "", "[]", "{}", '{"pid": {}}', "no json", "[" * 10000,
    ],
)  # fmt: skip
def test_a_lock_that_cannot_be_judged_is_left_and_named(tmp_path, content, monkeypatch):
    """That of another machine, and what is no lock at all."""
    monkeypatch.setattr("femnn.study.lock.PATIENCE", 0.01)
    (tmp_path / LOCK).write_text(content)
    with pytest.raises(ConfigError) as error, locked(tmp_path, refused):
        pass
    assert f"remove {tmp_path / LOCK}" in str(error.value)
    assert "\n" not in str(error.value)
    assert (tmp_path / LOCK).read_text() == content


def test_of_many_that_take_over_a_lock_one_gets_it(tmp_path):
    """However many come at once, never two are inside."""
    with locked(tmp_path, refused):
        mine = json.loads((tmp_path / LOCK).read_text())
    inside, most, got = 0, 0, 0
    barrier, guard = threading.Barrier(8), threading.Lock()
    (tmp_path / LOCK).write_text(json.dumps(mine | {"process": "1"}))

    def enter() -> None:
        nonlocal inside, most, got
        barrier.wait()
        try:
            with locked(tmp_path, lambda text: None):
                with guard:
                    inside, got = inside + 1, got + 1
                    most = max(most, inside)
                barrier.wait()
                with guard:
                    inside -= 1
        except ConfigError:
            barrier.wait()

    threads = [threading.Thread(target=enter) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, got) == (1, 1)


def test_processes_are_told_apart():
    assert process(os.getpid()) == process(os.getpid())
    ended = subprocess.Popen([sys.executable, "-c", ""])
    assert process(ended.pid) != process(os.getpid())
    ended.wait()
    assert process(ended.pid) is None
