"""`python -m tinygrad.llm`, also where the package was published without its kernels: see llm_package.py."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from frameworks.tinygrad.package import import_model  # noqa: E402

import_model()
runpy.run_module("tinygrad.llm", run_name="__main__", alter_sys=True)
