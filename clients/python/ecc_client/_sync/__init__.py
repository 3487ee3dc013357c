"""Made from _async by generate.py."""
