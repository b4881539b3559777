"""Figures of speed. ``make bench`` prints them and writes DATA_DIR/bench.json."""
