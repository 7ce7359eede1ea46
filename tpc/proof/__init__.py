"""Proofs over whole input languages: exhaustion, reachable combinations, equality."""
