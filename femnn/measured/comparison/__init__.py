"""What models say of an experiment, next to what was measured."""
