"""What a proof costs: time, octets, memory, scaling, peers.

``python -m benchmarks`` runs everything (``--quick`` in under two minutes), or the questions named
on the command line. docs/performance.md states the method and how to read the results.
"""
