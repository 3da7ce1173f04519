"""What the tests of signals run: a supervisor with two programs that say goodbye."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.local import state_dir
from app.local.processes import Program, Terminal
from app.local.supervisor import StopRequestedError, Supervisor

POLITE = """
import signal, sys
name = sys.argv[1]
def goodbye(*_):
    print("bye", name)
    sys.exit(0)
signal.signal(signal.SIGTERM, goodbye)
print("up")
while True:
    signal.pause()
"""


class Counting(Terminal):
    """Counts the programs that are up."""

    ups = 0

    def show(self, name: str, line: str) -> None:
        self.ups += line == "up"
        super().show(name, line)


def main() -> None:
    folder = Path(sys.argv[1])
    terminal = Counting(sys.stdout, coloured=False)
    supervisor = Supervisor(
        terminal, on_change=lambda pids: state_dir.remember_processes(folder, pids)
    )
    with supervisor.listening_to_signals():
        try:
            for name in ("first", "second"):
                command = (sys.executable, "-u", "-c", POLITE, name)
                supervisor.start(Program(name=name, command=command, environment={}, folder=folder))
            supervisor.wait_until(lambda: terminal.ups == 2, what="both", within_seconds=20)
            terminal.say("all up")
            supervisor.watch()
        except StopRequestedError:
            supervisor.stop_all()
    terminal.say("stopped")


main()
