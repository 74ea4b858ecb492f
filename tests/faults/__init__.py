"""Faults on purpose: bots that are killed, and a Slack and a GitHub that misbehave. `python3 run.py faults`."""
