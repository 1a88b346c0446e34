# SPDX-License-Identifier: MIT
"""What it takes from the end-to-end tests."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "e2e"))
