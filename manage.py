#!/usr/bin/env python3
"""Run a Django management command for ccperf."""

import os
import sys
from importlib import import_module

# These read files alone and need no app: to load all of them takes longer than to read a small file.
ON_FILES = {"assign_themes", "discover_themes"}
SETTINGS = "ccperf.settings"


def names_settings(words: list[str]) -> bool:
    """Whether other settings than ours are asked for, in full or in short; Django reads them before work."""
    starts = [word.partition("=")[0] for word in words]
    options = ("--settings", "--pythonpath")
    return os.environ["DJANGO_SETTINGS_MODULE"] != SETTINGS or any(
        option.startswith(start) for option in options for start in starts
    )


def main() -> None:
    """Run the command; what is wrong with settings or database is said in one sentence."""
    if sys.argv[1:] and sys.argv[1] in ON_FILES and not names_settings(sys.argv[2:]):
        import_module(f"feedback.themes.management.commands.{sys.argv[1]}").Command().run_from_argv(sys.argv)
        return
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import DatabaseError

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as refused:
        sys.exit(str(refused))
    except ModuleNotFoundError as missing:
        module = os.environ["DJANGO_SETTINGS_MODULE"]
        if f"{module}.".startswith(f"{missing.name}."):
            sys.exit(f"The settings {module} cannot be loaded: {missing}.")
        raise
    except DatabaseError:
        from ccperf.core.databases import BEHIND, why_unusable

        reason = why_unusable()
        # Whoever fails while bringing the database up to date must see where.
        if reason and not (reason == BEHIND and sys.argv[1] in {"migrate", "run_centre"}):
            sys.exit(reason)
        raise


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    main()
