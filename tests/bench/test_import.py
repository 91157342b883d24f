"""An import of 100,000 rows holds no more memory at its end than at its beginning."""

import csv
import os
import subprocess
import time

import psutil
import pytest

MOST_GROWTH_MB = 32


@pytest.fixture
def file(tmp_path, effort):
    path = tmp_path / "clients.csv"
    with path.open("w", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(["Name", "Country", "Industry", "Phone", "E-mail", "External id"])
        writer.writerows(
            [f"Cliente {n}", "Brazil", "Retail", f"+55 11 9{n:08}", f"ana{n}@example.com", f"X-{n}"]
            for n in range(effort.rows)
        )
    return path


def watch(process):
    """Megabytes of its own, ten times a second; the file of SQLite, which is mapped, does not count."""
    seen, held = psutil.Process(process.pid), []
    while process.poll() is None:
        try:
            memory = seen.memory_info()
            held.append((memory.rss - memory.shared) / 2**20)
        except psutil.NoSuchProcess:
            break
        time.sleep(0.1)
    return held


def test_a_long_import_holds_its_memory(file, new_url, write_settings, vinculo_program, effort, report):
    url = new_url()
    config = write_settings(file.parent, url)
    environment = {**os.environ, "VINCULO_CONFIG": str(config)}
    subprocess.run([vinculo_program, "db", "upgrade"], env=environment, check=True, capture_output=True)
    began = time.perf_counter()
    command = [vinculo_program, "import", "client", str(file)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    held = watch(process)
    seconds = time.perf_counter() - began
    early = max(held[: len(held) // 5])
    report.add(
        "Import from CSV",
        database=url.partition(":")[0],
        rows=effort.rows,
        rows_per_second=effort.rows / seconds,
        first_fifth_mb=early,
        peak_mb=max(held),
        growth_mb=max(held) - early,
        most=MOST_GROWTH_MB,
    )

    assert process.returncode == 0
    assert max(held) - early < MOST_GROWTH_MB
