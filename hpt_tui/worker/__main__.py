"""``python -m hpt_tui.worker describe FILE``, and ``ensemble FILE`` with its members on stdin: one JSON line on
stdout, or one line on stderr and exit code 2.

The interface asks in this way, so that it never imports the user's file itself.
"""

from __future__ import annotations

import os
import sys

from hpt_tui.domain.figures import plain
from hpt_tui.errors import HptError

USAGE = "usage: python -m hpt_tui.worker describe|ensemble FILE[:OBJECTIVE]\n"


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in ("describe", "ensemble"):
        sys.stderr.write(USAGE)
        return 2
    # Whatever the file prints, also below Python, goes to stderr: stdout carries the answer alone.
    answer = os.dup(1)
    os.dup2(2, 1)
    try:
        line = _answer(*arguments)
    except HptError as error:
        sys.stdout.flush()
        sys.stderr.write(plain(error.line) + "\n")
        return error.exit_code
    with os.fdopen(answer, "w") as stdout:
        stdout.write(line + "\n")
    return 0


def _answer(verb: str, target: str) -> str:
    if verb == "describe":
        from hpt_tui.worker.describe import describe

        return describe(target).to_json()
    from hpt_tui.worker.ensemble import score_ensemble

    return score_ensemble(target, sys.stdin.read())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
