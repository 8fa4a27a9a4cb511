"""Words that every room shares: geometry, ids, errors, time. No I/O, no framework."""
