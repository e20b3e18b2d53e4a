"""Everything that is measured here, in one go and on the same files: hpt-tui, plain Optuna, its command line,
optuna-dashboard and the floor of raw SQL; as one table, and as JSON.

    python benchmarks/all.py [--sizes 1k,10k,100k] [--quick] [--only reader,peers] [--peers-at 100k] [--json FILE]

What each line means is in benchmarks/README.md.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks import figures
from benchmarks.figures import Figure
from benchmarks.sections import SECTIONS, Plan
from benchmarks.synthetic import Studies, size

LIBRARIES = ("optuna", "SQLAlchemy", "textual", "numpy")


def machine() -> dict[str, object]:
    """What the figures depend on, without names."""
    return {
        "when": datetime.datetime.now(datetime.UTC).isoformat(timespec="minutes"),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "python": platform.python_version(),
        **{library: version(library) for library in LIBRARIES},
    }


def sizes(_: click.Context, __: click.Parameter, text: str) -> tuple[int, ...]:
    try:
        return tuple(size(one) for one in text.split(",") if one)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no list of sizes such as 1k,10k,100k") from None


def chosen(_: click.Context, __: click.Parameter, text: str) -> tuple[str, ...]:
    names = tuple(text.split(",")) if text else tuple(SECTIONS)
    if unknown := [name for name in names if name not in SECTIONS]:
        raise click.BadParameter(f"{', '.join(unknown)}: there is only {', '.join(SECTIONS)}")
    return names


def tell(found: Iterable[Figure], shown: list[Figure]) -> None:
    """Print each figure as it comes."""
    for figure in found:
        if not shown or shown[-1].group != figure.group:
            click.echo(figures.heading(figure.group))
        click.echo(figures.line(figure))
        shown.append(figure)


def attempt(name: str, plan: Plan, shown: list[Figure]) -> bool:
    """Whether a section came to its end: the others shall not be lost with one that takes half an hour."""
    try:
        tell(SECTIONS[name](plan), shown)
    except (RuntimeError, click.ClickException, OSError) as error:
        click.echo(f"{name} BROKE OFF: {error}", err=True)
        return False
    return True


@click.command()
@click.option("--sizes", default="1k,10k,100k", show_default=True, callback=sizes, help="Trials of 50 steps.")
@click.option("--peers-at", default="", callback=sizes, help="Where others are measured; else sizes up to 10k.")
@click.option("--only", default="", callback=chosen, help=f"Some of: {','.join(SECTIONS)}.")
@click.option("--quick", is_flag=True, help="Fewer and shorter runs: to see that it works, not to believe it.")
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path), help="Write all figures there.")
def main(
    sizes: tuple[int, ...], peers_at: tuple[int, ...], only: tuple[str, ...], quick: bool, out: Path | None
) -> None:
    """Print figures and ratios. A target that is missed says so, and is no error; a section that breaks off is."""
    # So that children and folders go with a run that is told to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    before = machine()
    click.echo(" ".join(f"{name}={value}" for name, value in before.items()))
    shown: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HPT_TUI_STATE_DIR"] = str(Path(folder) / "state")
        plan = Plan(Studies(Path(folder)), sizes, peers_at, quick)
        broken = [name for name in only if not attempt(name, plan, shown)]
    missed = [figure for figure in shown if figure.met is False]
    click.echo(f"\n{len(shown)} figures, {len(missed)} targets missed; load {os.getloadavg()[0]:.1f} at the end")
    if out:
        told: dict[str, object] = {"machine": before, "load_after": os.getloadavg(), "broken": broken}
        told["figures"] = [figure.as_json() for figure in shown]
        out.write_text(json.dumps(told, indent=2) + "\n")
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
