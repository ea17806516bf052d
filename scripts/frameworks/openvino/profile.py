"""The time that OpenVINO's operators took, by layer and operator (InferRequest.profiling_info)."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Iterable

from engine.python.contract import OperatorTime, PhaseProfile

#: Names that graph.py gave; an operator that OpenVINO made of several has the name of one of them.
LAYER = re.compile(r"blk\.(\d+)\.(\w+)")
#: Those of no layer.
OUTSIDE = ("token_embd", "output_norm", "output")
OTHER = "other"

#: Layer, operator, kind, kernel.
Key = "tuple[int | None, str, str, str]"


class OperatorTimes:
    """Adds up evaluations, and takes the sums of what came after a mark.

    OpenVINO's CPU plugin tells of each operator the mean over all evaluations so far, in whole microseconds: the sum is that
    mean times their number, and what some evaluations took is a difference of two sums.
    """

    def __init__(self) -> None:
        self._evaluations = 0
        self._evaluation_ns = 0
        self._marked = (0, 0, Counter[Key]())

    def add(self, evaluation_ns: int) -> None:
        self._evaluations += 1
        self._evaluation_ns += evaluation_ns

    def mark(self, operators: Iterable[Any]) -> None:
        """operators: openvino.ProfilingInfo after the last evaluation that was added"""
        self._marked = (self._evaluations, self._evaluation_ns, self._sums(operators))

    def since_mark(self, phase: str, tokens: int, operators: Iterable[Any]) -> PhaseProfile:
        evaluations, evaluation_ns, before = self._marked
        count = self._evaluations - evaluations
        times = [
            OperatorTime(operator=name, kind=kind, ns=round(ns / count), layer=layer, kernel=kernel)
            for (layer, name, kind, kernel), ns in (self._sums(operators) - before).items()
        ]
        return PhaseProfile(phase, tokens, count, (self._evaluation_ns - evaluation_ns) // count, times)

    def _sums(self, operators: Iterable[Any]) -> Counter[Key]:
        sums: Counter[Key] = Counter()
        for operator in operators:
            layer, name = placed(operator.node_name)
            mean_ns = round(operator.real_time.total_seconds() * 1e9)
            sums[(layer, name, operator.node_type, operator.exec_type)] += mean_ns * self._evaluations
        return sums


def placed(name: str) -> tuple[int | None, str]:
    """(3, 'attn_q') of 'blk.3.attn_q'; (None, 'other') of what OpenVINO named itself."""
    found = LAYER.search(name)
    if found is not None:
        return int(found.group(1)), found.group(2)
    return None, next((own for own in OUTSIDE if name.startswith(own)), OTHER)
