"""Measurements that the project promises to keep: each a small script, `python -m benchmarks.<name>`.

In: the synthetic sample year. Out: a table on the terminal and a section of `benchmarks/RESULTS.md`.
"""
