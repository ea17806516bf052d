"""Runs a command in a terminal of its own, closes that once it shows a word, and tells as JSON how the command ended and what it left.

Arguments: the word, then the command.
"""

import json
import os
import pty
import select
import sys
import time

LIMIT_S = 100


def session_members(session: int) -> list[int]:
    """Processes of the session that are at work."""
    members = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            members.append(int(name))
    return members


def main() -> None:
    word, *command = sys.argv[1:]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    shown = ""
    until = time.monotonic() + LIMIT_S
    while word not in shown and time.monotonic() < until:
        if select.select([terminal], [], [], 1)[0]:
            shown += os.read(terminal, 4096).decode(errors="replace")
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    time.sleep(1)
    left = session_members(pid)
    print(
        json.dumps(
            {"shown": word in shown, "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, "left": left}
        )
    )


main()
