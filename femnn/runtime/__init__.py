"""The numerical stack, ranks, compiled forms, progress and warnings."""
