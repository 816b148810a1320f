"""Training of networks: parameters, optimisers, tasks, port search, records."""
