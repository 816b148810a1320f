"""Animations have the frames that they should, and say what they cannot be written as."""

import numpy as np
import pytest
from matplotlib.animation import FFMpegWriter
from PIL import Image

from femnn.errors import ConfigError, NetworkError
from femnn.network import lattices
from femnn.report import animation
from femnn.report.animation import FRAMES_A_SECOND, HELD, animate

pytestmark = pytest.mark.serial


@pytest.fixture
def network():
    return lattices.li2024()


def frames(network, count):
    lower, upper = network.stiffness_bounds
    return np.linspace(lower, upper, count)


def test_a_gif_has_a_frame_for_each_and_holds_the_last(tmp_path, network):
    path = tmp_path / "training.gif"
    animate(path, network, frames(network, 4), [f"epoch {i}" for i in range(4)])
    with Image.open(path) as image:
        assert image.n_frames == 4
        durations = []
        for i in range(4):
            image.seek(i)
            durations.append(image.info["duration"])
    assert durations[0] == pytest.approx(1000 / FRAMES_A_SECOND, abs=10)
    assert durations[3] == pytest.approx(HELD * durations[0], abs=10 * HELD)


def test_of_many_frames_the_first_and_last_and_some_between_are_shown(tmp_path, network, monkeypatch):
    monkeypatch.setattr(animation, "MOST_FRAMES", 3)
    shown = []
    draw = animation.trained_lattice
    monkeypatch.setattr(animation, "trained_lattice", lambda *a: shown.append(a[2]) or draw(*a))
    animate(tmp_path / "training.gif", network, frames(network, 9), [str(i) for i in range(9)])
    assert shown == ["0", "0", "4", "8"]
    with Image.open(tmp_path / "training.gif") as image:
        assert image.n_frames == 3


def test_bounds_may_be_given(tmp_path, network):
    animate(tmp_path / "training.gif", network, frames(network, 1), bounds=(10.0, 500.0))
    assert (tmp_path / "training.gif").stat().st_size


def test_a_film_needs_ffmpeg(tmp_path, network, monkeypatch):
    monkeypatch.setattr(FFMpegWriter, "isAvailable", classmethod(lambda cls: False))
    with pytest.raises(ConfigError, match=r"ffmpeg, which is not here; write a \.gif"):
        animate(tmp_path / "training.mp4", network, frames(network, 2))


@pytest.mark.skipif(not FFMpegWriter.isAvailable(), reason="ffmpeg is not here")
def test_a_film_is_written(tmp_path, network):
    animate(tmp_path / "training.mp4", network, frames(network, 2))
    assert b"ftyp" in (tmp_path / "training.mp4").read_bytes()[:16]


@pytest.mark.parametrize("name", ["training.avi", "training"])
def test_other_endings_are_refused(tmp_path, network, name):
    with pytest.raises(ConfigError, match=r"written as \.gif or \.mp4"):
        animate(tmp_path / name, network, frames(network, 2))


def test_frames_that_do_not_fit_are_refused(tmp_path, network):
    path, k = tmp_path / "training.gif", frames(network, 2)
    with pytest.raises(ConfigError, match="there is no folder"):
        animate(tmp_path / "none" / "training.gif", network, k)
    with pytest.raises(NetworkError, match=r"stiffness must be of shape \(frames, 28\)"):
        animate(path, network, k[:, :5])
    with pytest.raises(NetworkError, match=r"stiffness must be of shape \(frames, 28\)"):
        animate(path, network, k[:0])
    with pytest.raises(ConfigError, match="as many as the 2 frames"):
        animate(path, network, k, texts=["one"])
    assert not path.exists()
