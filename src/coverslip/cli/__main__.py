"""``python -m coverslip.cli`` is ``coverslip``."""

import sys

from coverslip.cli import main

sys.exit(main())
