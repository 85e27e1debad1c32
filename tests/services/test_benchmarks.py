"""The measurements run, and their table has every line. No time is asserted."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_quick_routing_prints_its_ratios() -> None:
    environment = {key: value for key, value in os.environ.items() if key not in ("HEARBACK_VAR", "DATABASE_URL")}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "routing"],
        cwd=ROOT, env=environment, check=False, text=True, capture_output=True, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for name in ("agents stay routable", "calls, one per agent"):
        assert re.search(rf"^router / pgbench, {name} +\d+\.\d\dx \(\d", done.stdout, re.MULTILINE), done.stdout
