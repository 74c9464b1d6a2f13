"""Tables in Markdown, a module per kind of evidence.

How rivals of a search are compared is a matter of the benchmark that ran them
(`comparing`), so its folder is looked into as well.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))
