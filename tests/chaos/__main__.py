"""The long form of the chaos suite: a table of counts, and exit code 1 where something is wrong."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.grounds import OWN_DISK, OWN_SERVER
from tests.chaos.storm import brewing

BUDGET = 40


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0, help="how long there are mishaps")
    parser.add_argument("--seed", type=int, default=0, help="decides what befalls the search, in which order")
    storages = f"{OWN_DISK} (a file on a disk of its own), {OWN_SERVER} (a server of its own), or an address"
    parser.add_argument("--storage", default=OWN_DISK, help=f"{storages} without a study 'digits'")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs")
    parser.add_argument(
        "--only", default="", help="words in the names of the mishaps that there are to be: worker,order"
    )
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hpt-chaos-"))
    until = time.monotonic() + 60 * options.minutes
    with brewing(
        options.storage, options.seed, folder, *filter(None, options.only.split(",")), budget=BUDGET
    ) as storm:
        report = storm.run(lambda _: time.monotonic() < until)
    sys.stdout.write(report.table())
    if options.keep or report.problems:
        sys.stdout.write(f"logs: {folder}\n")
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
