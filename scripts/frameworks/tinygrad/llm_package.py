"""tinygrad's own language model, `tinygrad.llm.model`, also where a package was published without a part of it."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

MISSING_FROM_PACKAGE = "tinygrad.llm.kernels"


def import_model() -> Any:
    """The module `tinygrad.llm.model`; raises what its import raises.

    The packages of 0.14.0 lack `tinygrad.llm.kernels` (tinygrad's issue 18240), from which that module imports a layer and
    kernels written for AMD's RDNA3. On every other device that layer is `tinygrad.nn.Linear` and the kernels are not
    called. Where the folder is missing, this hands on that layer and says of every device that there are no such kernels.
    """
    try:
        return importlib.import_module("tinygrad.llm.model")
    except ModuleNotFoundError as error:
        if error.name != MISSING_FROM_PACKAGE:
            raise
    for module in stand_in():
        sys.modules[module.__name__] = module
    return importlib.import_module("tinygrad.llm.model")


def kernels_are_missing() -> bool:
    """Whether the layer without kernels stands in; known once the model is imported."""
    return getattr(sys.modules.get(MISSING_FROM_PACKAGE), "stands_in", False)


def stand_in() -> tuple[ModuleType, ModuleType]:
    """The missing package and the one module that is imported from it."""
    from tinygrad import nn

    def not_there(*_: Any, **__: Any) -> Any:
        raise NotImplementedError(f"{MISSING_FROM_PACKAGE} is not in this package of tinygrad")

    package, kernels = ModuleType(MISSING_FROM_PACKAGE), ModuleType(f"{MISSING_FROM_PACKAGE}.amd")
    vars(package).update(__path__=[], amd=kernels, stands_in=True)
    vars(kernels).update(
        Linear=nn.Linear,
        amd_custom_kernels_supported=lambda device: False,
        flash_attention=not_there,
        gated_delta_prefill=not_there,
    )
    return package, kernels
