"""OpenVINO as a framework of the suite. Importing any module of it keeps OpenVINO from calling its maker.

`import openvino` sends an event to an analytics service, from a process that it forks, where the package openvino_telemetry can be
imported (openvino/tools/ovc/__init__.py); where it cannot, it does nothing.
"""

import sys

sys.modules["openvino_telemetry"] = None
