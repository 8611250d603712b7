"""What MLflow's pages are told of this server: that telemetry is off, and to keep their assistant closed.

The page's settings are in the browser's storage, where MLflow's own server cannot reach them: its switch for telemetry
is on until the user turns it off, although a server without telemetry takes nothing from it. So a script at the head of
the page sets them before the page reads them.
"""

import json
from typing import Final

ALWAYS: Final = {
    "mlflow.settings.telemetry.enabled_v1": False,
    "mlflow.telemetry.info.alert.dismissed_v1": True,  # which says that telemetry is collected
}
"""Set whenever a page is opened, since so it is."""

AT_FIRST: Final = {"mlflow.assistant.fab.autoOpenedOnFirstLoad_v1": True}
"""Set if the browser has nothing of it yet: the assistant opens once by itself, over a quarter of the page."""

SCRIPT: Final = (
    "<script>try {"
    f" const always = {json.dumps(ALWAYS)}, first = {json.dumps(AT_FIRST)};"
    " for (const key in always) localStorage.setItem(key, JSON.stringify(always[key]));"
    " for (const key in first) if (localStorage.getItem(key) === null)"
    " localStorage.setItem(key, JSON.stringify(first[key]));"
    " } catch (_error) {}</script>"
)
"""Where the browser keeps nothing, nothing is set."""


def with_settings(page: str) -> str:
    """MLflow's page with that script at its head; a page without a head stays as it is."""
    return page.replace("<head>", f"<head>{SCRIPT}", 1)
