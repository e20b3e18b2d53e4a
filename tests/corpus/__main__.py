"""``python -m tests.corpus --seed S``: precision and recall of every flag on one throw of the corpus."""

from __future__ import annotations

import argparse

from tests.corpus.score import cases, judge, table

parser = argparse.ArgumentParser(prog="python -m tests.corpus")
parser.add_argument("--seed", type=int, default=1)
print(table(judge(cases(parser.parse_args().seed))))  # noqa: T201
