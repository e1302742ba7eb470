"""``python -m app``: see :mod:`app.cli`. Kept light, since worker processes import it again."""

import sys

if __name__ == "__main__":
    from app.cli import main

    sys.exit(main())
