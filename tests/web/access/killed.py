"""``python -m tests.web.access.killed FOLDER``: adds and revokes keys, killed at one step further each time.

Prints the names that have a key after each kill, as JSON.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from app.web.access.keys import KeyStore
from tests.killing import killed_at

STEPS = ("app/web/access/keys.py", "app/whole_file.py", "app/hub/lock.py")


def change(home: Path) -> None:
    """Add a key, and revoke another."""
    KeyStore(home).add("Ben")
    KeyStore(home).revoke("Anna")


def main(top: Path) -> None:
    """Kill it at every step, until it comes to its end."""
    before = top / "before"
    before.mkdir()
    for name in ("Anna", "Carl"):
        KeyStore(before).add(name)
    home, step = top / "home", 0
    while True:
        shutil.copytree(before, home)
        was_killed = killed_at(step, lambda: change(home), STEPS)
        names = sorted(key.name for key in KeyStore(home).listed())
        # Nor does it keep anybody from the next change.
        KeyStore(home).add("Dora")
        print(json.dumps(names), flush=True)
        if not was_killed:
            return
        shutil.rmtree(home)
        step += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
