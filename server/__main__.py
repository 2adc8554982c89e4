"""`python -m server`: the same as `sela`."""

import sys

from server.cli import main

sys.exit(main())
