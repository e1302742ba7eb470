"""The command ``harpist``. Kept light, since worker processes import it again."""

import os
import sys


def main() -> int:
    """Run the command line; returns its exit code."""
    # Workers and helpers begin in the folder that this is started in, or in another: none of them shall import what
    # lies there. (Python 3.10 knows no such variable.)
    os.environ["PYTHONSAFEPATH"] = "1"
    from app.cli import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
