"""OpenVINO as a framework of the suite: what scripts/engine/python/contract.py asks for.

    engine     probe and load
    devices    what OpenVINO finds on this machine
    loading    from a file and settings to a compiled graph, and what really runs
    graph      the decoder as an OpenVINO graph
    weights    matrices of the file as constants
    resident   how they lie in memory once the graph is compiled
    model      generating, measuring, scoring
    profile    the time of each operator
    genai      a yardstick: OpenVINO GenAI on the same file
"""

from __future__ import annotations

from typing import Any

from engine.python.contract import LoadRequest, Model, one_line


def probe() -> dict[str, Any]:
    """Never raises: the answer says what is wrong."""
    try:
        import openvino as ov

        from frameworks.openvino import devices
        from frameworks.openvino.graph import ARCHITECTURES

        found = [{"kind": kind, "name": name} for kind, name in devices.available(ov.Core())]
        version = ov.get_version().split("-")[0]
        return {
            "status": "available",
            "version": f"OpenVINO {version}",
            "devices": found,
            "architectures": list(ARCHITECTURES),
        }
    except Exception as error:
        return {
            "status": "missing",
            "reason": f"openvino does not start: {one_line(error)}",
            "remedy": "Run `npx tsx scripts/frameworks.ts install openvino`, or name another Python with --python PATH.",
        }


def load(request: LoadRequest) -> Model:
    from frameworks.openvino.loading import load_model

    return load_model(request)
