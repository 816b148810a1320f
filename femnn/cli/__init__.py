"""The command line, one file a command."""

from femnn.cli.app import main

__all__ = ["main"]
