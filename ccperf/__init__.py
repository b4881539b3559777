"""ccperf: performance management for contact centres."""

from ccperf.celery import app as celery_app

__all__ = ["celery_app"]
