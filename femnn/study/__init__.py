"""Studies: their base, settings, runner, checkpoint and files."""
