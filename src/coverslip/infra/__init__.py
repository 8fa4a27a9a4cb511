"""Machines only: database, decoder pool, caches, jobs, audit trail, bus, web plumbing. No features."""
