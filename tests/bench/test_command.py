"""The command line answers at once."""

import os
import subprocess
import sys
import time
from statistics import median

MOST_TIMES_CLICK = 3


def seconds(command):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VINCULO_")}
    began = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def test_help_is_there_at_once(vinculo_program, effort, report):
    help_, click = [vinculo_program, "--help"], [sys.executable, "-c", "import click"]
    seconds(help_), seconds(click)
    rounds = [(seconds(help_), seconds(click)) for _ in range(effort.commands)]
    ours, bare = (median(column) for column in zip(*rounds, strict=True))
    report.add(
        "vinculo --help",
        help_ms=ours * 1000,
        import_click_ms=bare * 1000,
        times=ours / bare,
        most=MOST_TIMES_CLICK,
    )

    assert ours / bare < MOST_TIMES_CLICK
