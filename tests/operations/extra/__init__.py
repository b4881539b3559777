"""An app of the tests: a job whose every step leaves a trace that can be counted."""
