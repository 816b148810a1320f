"""The command line, one file a command."""

import io
import logging
import sys

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> None:
    """Entry point of the command ``femnn``; see :func:`femnn.cli.app.command_line`.

    Args:
        arguments: those of the command; of the process where None, which signals then end with one line.
    """
    given = sys.argv[1:] if arguments is None else arguments
    if arguments is None:
        # Before all that takes time to import
        from femnn.runtime.signals import end_at_signals

        end_at_signals(given[0] if given else "")
        for stream in (sys.stdout, sys.stderr):
            # A terminal that lacks a character shows its number
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
    # A cache that it cannot write costs it time alone, and its lines would stand before ours
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    from femnn.cli.app import command_line

    command_line(given)
