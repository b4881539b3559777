"""Static files for the embedded edition: collected, hashed and compressed when they changed."""

import hashlib

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def fingerprint() -> str:
    """A value that changes when any static file, or the way they are stored, changes."""
    seen = hashlib.sha256(str(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            seen.update(f"{name}\0{storage.size(name)}\0{storage.get_modified_time(name)}\n".encode())
    return seen.hexdigest()


def collect_if_changed() -> bool:
    """Collect the static files if they are not those collected last; returns whether it did."""
    stamp = settings.STATIC_ROOT / ".fingerprint"
    wanted = fingerprint()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return False
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, clear=settings.STATIC_ROOT.exists())
    stamp.write_text(wanted, encoding="utf-8")
    return True
