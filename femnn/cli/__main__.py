"""``python -m femnn.cli`` is the command ``femnn``."""

from femnn.cli.app import main

main()
