"""Known weaknesses of locked packages, as the package index says, which pip-audit asks.

Ends with 0 if there are none, or if it cannot be asked, which it says loudly: nothing was looked at then.
Ends with 1 for a weakness, and if only some of the packages could be looked at.
"""

from __future__ import annotations

import json
import subprocess
import sys

SERVICES = ("pypi",)
SECONDS = 300


def main(lock: str) -> int:
    """Ask one service after the other until one knows the packages."""
    for service in SERVICES:
        packages = ask(service, lock)
        known = [package for package in packages if "skip_reason" not in package]
        if known:
            return report(packages, known)
    print(f"NOT AUDITED: the package index cannot be reached, or knows of no weaknesses ({', '.join(SERVICES)}).")
    print("Run `make audit` on a machine with access to the internet.")
    return 0


def ask(service: str, lock: str) -> list[dict]:
    """Each package with its weaknesses, or with the reason why nothing is known; empty without an answer."""
    options = ["--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"]
    command = [sys.executable, "-m", "pip_audit", *options, "--vulnerability-service", service, "-r", lock]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        return json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return []


def report(packages: list[dict], known: list[dict]) -> int:
    """Say what was found."""
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    weak = [(package, vuln) for package in known for vuln in package["vulns"]]
    for package, vuln in weak:
        fixed = ", ".join(vuln["fix_versions"]) or "no version"
        print(f"{package['name']} {package['version']}: {vuln['id']}, mended in {fixed}")
    if skipped:
        print(f"Nothing is known of: {', '.join(skipped)}")
    print(f"{len(known)} packages audited, {len(weak)} weaknesses.")
    return int(bool(weak or skipped))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
