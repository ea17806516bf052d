"""Runs a command in a terminal of its own and types into it: argv are columns, steps as JSON, and the command.

A step waits until what is on the screen since the last step has a text in it, then types. What was written goes to
standard output as it came.
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time

columns, steps, command = int(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3:]
LIMIT_S = 120

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

seen = b""
until = time.monotonic() + LIMIT_S
while time.monotonic() < until:
    if steps and steps[0]["after"].encode() in seen:
        seen = b""
        os.write(terminal, steps.pop(0)["types"].encode())
    ready, _, _ = select.select([terminal], [], [], 0.1)
    if not ready:
        continue
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    seen += data
    sys.stdout.buffer.write(data)
else:
    os.kill(pid, 9)
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 1)
