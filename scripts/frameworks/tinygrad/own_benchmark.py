"""`python -m tinygrad.llm`, also where the package was published without its kernels: see package.py.

    cd scripts && python3 -m frameworks.tinygrad.own_benchmark --model ../model.gguf --benchmark 20
"""

from __future__ import annotations

import runpy

from frameworks.tinygrad.package import import_model

import_model()
runpy.run_module("tinygrad.llm", run_name="__main__", alter_sys=True)
