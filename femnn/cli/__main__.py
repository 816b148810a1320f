"""``python -m femnn.cli`` is the command ``femnn``."""

from femnn.cli import main

main()
