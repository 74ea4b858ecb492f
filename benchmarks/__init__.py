"""Measurements of speed and cost, each side by side with its yardstick in one run: `python3 run.py bench`."""
