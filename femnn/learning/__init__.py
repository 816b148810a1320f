"""Losses, gradients of them by every estimator, and how wrong those are."""
