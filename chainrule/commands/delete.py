"""chainrule delete: remove a study with everything that is kept of it."""

import sys

from chainrule import options
from chainrule.asking import agreement
from chainrule.terminal import waiting
from chainrule.workspace import Workspace


def delete(
    name: options.Study,
    yes: options.Yes = False,
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
    storage: options.Storage = None,
) -> None:
    """Delete a study for good: its runs, its registered models, its trials, what waits to be recorded, its report.

    It asks first. If it is interrupted at any moment, the same command does what is left.
    """
    with waiting("Looking at the study"):
        from chainrule.changes import Places
        from chainrule.changes import delete as remove

    done = remove(Places(Workspace(home), tracking_uri, storage), name, agreement(yes=yes))
    sys.stdout.write(f"{done}\n")
