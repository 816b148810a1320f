"""Gradients measured in situ: experiments, estimators, cameras, errors to expect."""
