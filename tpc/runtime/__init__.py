"""Running programs: what a backend is, targets, streams, formats, benchmarks."""
