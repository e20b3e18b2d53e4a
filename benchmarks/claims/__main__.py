"""The guide's claims, the measured figure beside the claimed one.

    python -m benchmarks.claims [--only pruning,log] [--quick] [--json FILE] [--lcbench FOLDER]

What each line means is in benchmarks/README.md.
"""

from __future__ import annotations

import json
import math
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
import optuna

from benchmarks.all import machine
from benchmarks.claims.experiments import CLAIMS, QUICK, Effort
from benchmarks.claims.judging import Claim, Measured
from benchmarks.claims.tasks import LCBENCH, digits, recorded
from benchmarks.figures import written


def chosen(_: click.Context, __: click.Parameter, text: str) -> tuple[str, ...]:
    names = tuple(name for name in text.split(",") if name) or tuple(CLAIMS)
    if unknown := [name for name in names if name not in CLAIMS]:
        raise click.BadParameter(f"{', '.join(unknown)}: there is only {', '.join(CLAIMS)}")
    return names


def heading(claim: Claim) -> str:
    return f"\n{claim.words}: claimed {claim.claimed}"


def line(found: Measured, claim: Claim) -> str:
    interval = f"{written(found.low)} to {written(found.high)}"
    value = f"{written(found.value)}{claim.unit}"
    return f"  {found.what:34} {value:>12}  ({interval}; {found.units})".ljust(84) + (
        f"{found.verdict(claim):16} {found.note}"
    )


def as_json(name: str, claim: Claim, found: Measured) -> dict[str, object]:
    told = {key: None if isinstance(v, float) and not math.isfinite(v) else v for key, v in asdict(found).items()}
    high = None if math.isinf(claim.high) else claim.high
    return {
        "claim": name,
        "claimed": [claim.low, high],
        "unit": claim.unit,
        **told,
        "verdict": found.verdict(claim),
    }


@click.command()
@click.option("--only", default="", callback=chosen, help=f"Some of: {','.join(CLAIMS)}.")
@click.option("--quick", is_flag=True, help="Few and small searches: to see that it works, not to believe it.")
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path), help="Write all figures there.")
@click.option("--lcbench", type=click.Path(file_okay=False, path_type=Path), default=LCBENCH, help="Its folder.")
def main(only: Sequence[str], quick: bool, out: Path | None, lcbench: Path) -> None:
    """Print every claim with what is measured of it. What does not hold is said, and is no error."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    effort, rows = QUICK if quick else Effort(), list[dict[str, object]]()
    tasks = [digits(), *recorded(lcbench)[: 2 if quick else None]]
    if len(tasks) == 1:
        click.echo(f"LCBench is not measured: no model.onnx in {lcbench}, or no onnxruntime", err=True)
    for name in only:
        began = time.process_time()
        claim, experiment = CLAIMS[name]
        click.echo(heading(claim))
        for found in experiment(tasks, effort):
            click.echo(line(found, claim))
            rows.append(as_json(name, claim, found))
        click.echo(f"{name}: {time.process_time() - began:.0f} s of CPU", err=True)
    if out:
        out.write_text(json.dumps({"machine": machine(), "figures": rows}, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
