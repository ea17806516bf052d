"""PyTorch as a framework of the suite: what scripts/engine/python/contract.py asks for.

    engine                                     probe, load, and what a device does at best
    loading, read_back                         from a file and settings to a model, and what really runs
    ../gguf, weights/reader                    reading the file
    architectures, builder, devices            building the network on its devices
    network, attention                         evaluating it
    weights/precision, matrix, low_bit         weights in memory and their products
    model                                      generating, measuring, scoring
    ../transformers                            the other architectures
    baselines                                  plain torch to compare the engine with
"""

from __future__ import annotations

import importlib.util
import time
from typing import Any, Callable

from engine.python.contract import LoadRequest, Model, one_line


def probe() -> dict[str, Any]:
    """Never raises: the answer says what is wrong."""
    try:
        import torch

        from frameworks.pytorch import devices

        found = [{"kind": kind, "name": name} for kind, name in devices.available()]
        here = {"status": "available", "version": f"PyTorch {torch.__version__}", "devices": found}
        if importlib.util.find_spec("transformers") is not None:
            return here
        from frameworks.pytorch.architectures import ARCHITECTURES

        return {**here, "architectures": list(ARCHITECTURES)}
    except Exception as error:
        return {
            "status": "missing",
            "reason": f"torch does not start: {one_line(error)}",
            "remedy": "Run `npx tsx scripts/frameworks.ts install pytorch`, or name another Python with --python PATH.",
        }


def load(request: LoadRequest) -> Model:
    from frameworks.pytorch.loading import load_model

    return load_model(request)


BUDGET_S = 0.6
FEWEST_SAMPLES = 4
#: Of the time: clocks rise at first.
LEAST_SHARE = 0.25
#: A GPU's matrices are larger: small ones leave most of it idle.
CPU_SIDE, GPU_SIDE = 1536, 8192
#: Beyond any cache; less where the device has little memory.
CPU_BYTES, GPU_BYTES = 256 * 2**20, 2**30


def is_enough(rates: list[float], elapsed_s: float) -> bool:
    """Whether the best three agree, as scripts/statistics/agreeing-samples.ts has it, or the time is up."""
    best = sorted(rates, reverse=True)
    return elapsed_s > BUDGET_S or (elapsed_s > LEAST_SHARE * BUDGET_S and best[2] >= 0.99 * best[0])


def ceilings(kind: str, threads: int) -> list[dict[str, Any]]:
    """As DeviceCeiling of scripts/frameworks/framework.ts. Raises UserError when there is no such device."""
    import torch

    from frameworks.pytorch import devices

    torch.set_num_threads(threads)
    device = devices.choose(kind, 1)[1][0]
    wait = devices.waiting_for([device])
    on_cpu = device.type == "cpu"
    found: list[dict[str, Any]] = []

    def measure(
        quantity: str, method: str, amount: float, prepare: Callable[[], Callable[[], Any]], **more: int
    ) -> None:
        """An operator that the device does not have, or has no memory for, is left out."""
        try:
            work = prepare()
            work()
            wait()
        except RuntimeError:
            return
        rates: list[float] = []
        began = time.perf_counter()
        while len(rates) < FEWEST_SAMPLES or not is_enough(rates, time.perf_counter() - began):
            start = time.perf_counter()
            work()
            wait()
            rates.append(amount / (time.perf_counter() - start))
        found.append({"quantity": quantity, "rates": rates, "method": f"PyTorch, {method}", **more})

    size = CPU_BYTES if on_cpu else GPU_BYTES
    count = size // 4

    def reading() -> Callable[[], Any]:
        values = torch.ones(count, device=device)
        return lambda: values.sum()

    def copying() -> Callable[[], Any]:
        values = torch.ones(count, device=device)
        other = torch.empty_like(values)
        return lambda: other.copy_(values)

    measure("read_bandwidth", f"sum of {size >> 20} MiB", size, reading, workingSetBytes=size)
    measure("copy_bandwidth", f"copy of {size >> 20} MiB", 2 * size, copying)

    side = CPU_SIDE if on_cpu else GPU_SIDE
    operations = 2.0 * side**3
    for quantity, dtype in (("f32_arithmetic", torch.float32), ("f16_arithmetic", torch.float16)):

        def multiplying(dtype: torch.dtype = dtype) -> Callable[[], Any]:
            left = torch.ones(side, side, device=device, dtype=dtype)
            right = torch.ones(side, side, device=device, dtype=dtype)
            return lambda: torch.mm(left, right)

        measure(quantity, f"{str(dtype).split('.')[1]} product of {side} x {side}", operations, multiplying)
    return found
