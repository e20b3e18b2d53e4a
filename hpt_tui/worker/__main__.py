"""``python -m hpt_tui.worker``: what the interface asks of a process that may import the user's file.

``describe FILE``, and ``ensemble FILE`` with its members on stdin: one JSON line on stdout, or one line on stderr
and exit code 2. ``lr-find FILE``: JSON lines on stdout, with a request on stdin after the first one.
"""

from __future__ import annotations

import os
import sys
from typing import TextIO

from hpt_tui.domain.figures import plain
from hpt_tui.errors import HptError

USAGE = "usage: python -m hpt_tui.worker describe|ensemble|lr-find FILE[:OBJECTIVE]\n"


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in ("describe", "ensemble", "lr-find"):
        sys.stderr.write(USAGE)
        return 2
    # Whatever the file prints, also below Python, goes to stderr: stdout carries the answer alone.
    answer = os.dup(1)
    os.dup2(2, 1)
    verb, subject = arguments
    with os.fdopen(answer, "w") as stdout:
        if verb == "lr-find":
            return _lr_find(subject, stdout)
        try:
            line = _answer(verb, subject)
        except HptError as error:
            sys.stdout.flush()
            sys.stderr.write(plain(error.line) + "\n")
            return error.exit_code
        stdout.write(line + "\n")
    return 0


def _answer(verb: str, target: str) -> str:
    if verb == "describe":
        from hpt_tui.worker.describe import describe

        return describe(target).to_json()
    from hpt_tui.worker.ensemble import score_ensemble

    return score_ensemble(target, sys.stdin.read())


def _lr_find(target: str, stdout: TextIO) -> int:
    from hpt_tui.domain.range_request import RangeRequest, Told, told_line
    from hpt_tui.worker.lr_find import lr_find

    # Nor does the file read what is meant for us.
    stdin = os.fdopen(os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

    def tell(told: Told) -> None:
        stdout.write(told_line(told) + "\n")
        stdout.flush()

    def asked() -> RangeRequest | None:
        line = stdin.readline()
        return RangeRequest.from_json(line) if line else None

    try:
        return lr_find(target, tell, asked)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
