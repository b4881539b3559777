"""The theme engine: pure numbers over texts. Imports neither Django nor Celery, and never the network."""
