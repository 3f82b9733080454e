"""Simple models on the same rows, so that a network is never judged alone."""
