"""Every promise about speed and memory, measured: what was reached, the bar, the verdict.

``python -m bench`` (or ``make bench``) prints the table; ``--only`` and ``--quick`` narrow it.
Nothing here contacts anything but loopback, apart from the one-time installation of the peers.
"""
