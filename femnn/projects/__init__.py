"""What ``femnn new`` writes: a folder with a network, its studies, small data and a README."""
