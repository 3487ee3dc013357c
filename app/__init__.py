"""Composition: settings, logging, the processes, the command line and the embedded servers."""
