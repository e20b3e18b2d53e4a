"""The command line: one module a verb, imported only when that verb is used."""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Sequence

import click

from hpt_tui.domain.figures import plain
from hpt_tui.errors import HptError

SECTIONS = {
    "Search": {
        "demo": "A real search on real data, to try everything on.",
        "run": "Run a study file's search, and steer it.",
        "manual": "Find the learning rate by hand, guided, in a few runs.",
        "validate": "Run the best with several seeds, and say which wins.",
        "worker": "One worker in the foreground, without a screen.",
        "lint": "Say what is wrong with a search space, before it is searched.",
        "thresholds": "What the rules go by, and what your configuration changes.",
        "lr-find": "Find a learning rate, and the range to search, on your own model.",
        "advise": "Say whether to tune, how, and for how long.",
    },
    "Look": {
        "attach": "Watch a study that somebody else runs.",
        "check": "Say what is wrong with a search, and whether to go on.",
        "ps": "The workers of a study, on every machine.",
        "importance": "What decides the value, parameter by parameter.",
        "trial": "One trial, and where it comes from.",
        "logs": "What a trial or a worker printed.",
        "events": "Who steered a study, when, from what to what.",
    },
    "Steer from the shell": {
        "widen": "Move the bounds of a parameter.",
        "fork": "Go on with other choices, another scale, or floats.",
        "fix": "Give every next trial the same value of a parameter.",
        "unfix": "Let a parameter that was fixed be searched again.",
        "enqueue": "Let a configuration of your own be tried.",
        "retry": "Give failed trials another try.",
        "kill": "End running trials: prune or discard them.",
        "pause": "Hold all trials, or some of them.",
        "resume": "Go on after a pause or a stop.",
        "stop": "Start no further trials.",
        "undo": "Take an order back.",
        "workers": "Say how many workers a machine is to have.",
        "gpus": "Say which GPUs of a machine are used, and by how many workers.",
        "phase": "How far a plan of phases is, and on to the next one.",
        "note": "Write a note to a trial.",
        "star": "Give trials a star.",
    },
}
"""Section of the help -> verb -> what it is for, in the order of the help."""
VERBS = tuple(verb for verbs in SECTIONS.values() for verb in verbs)


class VerbGroup(click.Group):
    """Loads a verb's module when it is called, so that ``--help`` and ``worker`` start without the screen."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command = importlib.import_module(f"hpt_tui.cli.{cmd_name.replace('-', '_')}").command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section, verbs in SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl(list(verbs.items()))


@click.group(cls=VerbGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hpt-tui", prog_name="hpt-tui")
def cli() -> None:
    """The terminal cockpit for hyperparameter search: watch and steer a live Optuna study."""


def run_command_line(arguments: Sequence[str]) -> int:
    """Carry out one command line; the exit code: 0 good, 2 bad input, else what the verb says.

    Whatever the user got wrong is one line on stderr; nothing that hpt-tui raises shows a traceback.
    """
    try:
        result = cli.main(args=list(arguments), prog_name="hpt-tui", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except HptError as error:
        click.echo(f"hpt-tui: {plain(error.line)}", err=True)
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help())
        return 0
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f"; see {context.command_path} --help" if context is not None else ""
        click.echo(f"hpt-tui: {plain(error.format_message().rstrip('.'))}{hint}", err=True)
        return 2
    except (click.Abort, KeyboardInterrupt):
        return 130
    except OSError as error:
        return _refused(error)
    return result if isinstance(result, int) else 0


def _refused(error: OSError) -> int:
    """Say what the system would not do: with a file or folder of ours (2), or with our output (1)."""
    reason = error.strerror or str(error)
    if error.filename is not None:
        click.echo(f"hpt-tui: {plain(os.fsdecode(error.filename))}: cannot be used ({reason})", err=True)
        return 2
    output = error.errno in (errno.ENOSPC, errno.EBADF, errno.EIO, errno.EPIPE, errno.EDQUOT)
    click.echo(f"hpt-tui: {'stdout: cannot be written' if output else 'the system refused'} ({reason})", err=True)
    if output and sys.stdout is not None:
        # What is still in its buffer would fail once more, with a traceback, when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
