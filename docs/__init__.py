"""Documentation that is made from the code: `python -m docs.generate`."""
