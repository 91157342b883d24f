"""How fast 100,000 rows are imported, beside the same rows by the bare driver, and what memory that holds.

``VINCULO_BENCH_ROWS`` is another number of them. What search and likeness learn comes after the rows and is
told by itself.
"""

import csv
import os
import resource
import subprocess
import time

import psutil
import pytest
import sqlalchemy as sa

from vinculo.db.engine import Database
from vinculo.events.models import SearchDocument
from vinculo.records.models import ImportRun, LateRecords

MOST_GROWTH_MB = 16  # from the first half to the second
WANTED = 5000  # rows a second, with rights, validation, events and their chain
CHUNK = 500  # about what an import takes into a transaction


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


def seconds_of_rows(url):
    """From the first row to the last, as the import notes it: then they stand in lists."""
    database = Database(url)
    with database.read() as session:
        run = session.scalar(sa.select(ImportRun))
        late = session.scalar(sa.select(sa.func.count()).select_from(LateRecords))
        found = session.scalar(sa.select(sa.func.count()).select_from(SearchDocument))
    database.close()
    assert late == 0
    assert found == run.created
    return (run.finished_at - run.started_at).total_seconds()


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_a_long_import_holds_its_memory(file, new_url, write_settings, vinculo_program, effort, report, rig):
    url = new_url()
    config = write_settings(file.parent, url)
    environment = {**os.environ, "VINCULO_CONFIG": str(config)}
    subprocess.run([vinculo_program, "db", "upgrade"], env=environment, check=True, capture_output=True)
    began, used = time.perf_counter(), cpu_seconds()
    command = [vinculo_program, "import", "client", str(file)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    held = watch(process)
    seconds, used = time.perf_counter() - began, cpu_seconds() - used
    of_rows = seconds_of_rows(url)
    bare = rig("bare.py", url, new_url(), str(CHUNK))["seconds"]
    early = max(held[: len(held) // 2])
    report.add(
        "Import from CSV",
        database=url.partition(":")[0],
        rows=effort.rows,
        rows_per_second=effort.rows / of_rows,
        wanted=WANTED,
        with_search_and_likeness=effort.rows / seconds,
        bare_driver_rows_per_second=effort.rows / bare,
        times_the_bare_driver=seconds / bare,
        cpu_ms_a_row=used / effort.rows * 1000,
        first_half_mb=early,
        peak_mb=max(held),
        growth_mb=max(held) - early,
        most=MOST_GROWTH_MB,
    )

    assert process.returncode == 0
    assert max(held) - early < MOST_GROWTH_MB
