"""Limits of time that tell what hangs from what is slow; how fast something is, benchmarks tell."""

#: how many times as much processor time a crowded machine may take as the idle one for which the limits of tests are
#: written: its cores are shared, its clock is lower, its caches are cold. 2.5 has been seen.
CROWDED = 4
