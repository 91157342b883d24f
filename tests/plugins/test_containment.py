"""What a plugin raises ends no program; what a person types does."""

from __future__ import annotations

import signal

import pytest

from vinculo.containment import ExitedError, contained


@pytest.mark.parametrize(
    "end", [SystemExit("enough"), KeyboardInterrupt(), BaseExceptionGroup("g", [SystemExit()])]
)
def test_what_a_plugin_raises_becomes_an_error(end):
    with pytest.raises(ExitedError, match=type(end).__name__), contained():
        raise end


def test_ctrl_c_stays_ctrl_c_also_one_within_another():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), contained(), contained():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(ExitedError), contained():  # that one is forgotten
        raise KeyboardInterrupt
