"""The parts of bench_curate.py: pictures, environments of the peers, measured runs, planted copies, floors, tables."""
